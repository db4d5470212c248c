#!/usr/bin/env bash
# Builds Kubernetes for tests/cluster from Debian's own source package, once per machine: about five minutes on two cores.
#
#   tests/cluster/install.sh            builds, unless it was built before
#   tests/cluster/install.sh --place    only prints the folder that has the programs, or would have them
#
# Nothing is installed on the system and no root is needed: compiler, etcd, kubectl and busybox are unpacked from Debian's
# packages, with lists of their own for apt. What is finished lies in ~/.cache/scoredock/kubernetes/VERSION-RECIPE, which
# comes into being whole; 1.5 GB beside it are there while it builds.
set -euo pipefail

version=1.20.2
# Raise it when what is built changes; machines then build anew.
recipe=1
home=${XDG_CACHE_HOME:-$HOME/.cache}/scoredock/kubernetes
place=$home/$version-$recipe
case "${1:-}" in
  --place) echo "$place"; exit 0 ;;
  '') ;;
  *) echo "usage: $0 [--place]" >&2; exit 2 ;;
esac
[ -d "$place" ] && exit 0

for program in apt-get dpkg-deb dpkg-source gcc flock; do
  command -v "$program" >/dev/null || { echo "$program is missing: Kubernetes is built on Debian with build-essential" >&2; exit 1; }
done
begin=$SECONDS
mkdir -p "$home"
# Whoever comes while another one builds waits, and then finds the folder.
exec 9> "$home/lock"
flock 9
[ -d "$place" ] && exit 0
rm -rf "$home"/work-*
work=$(mktemp -d "$home/work-XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work"

# step NAME COMMAND…: says how long it took, or the end of what it printed.
step() {
  local name=$1 from=$SECONDS; shift
  # In the background, because bash ignores errors within anything that an `if` tests.
  ( set -e; "$@" ) > "$work/$name.log" 2>&1 < /dev/null 9>&- &
  if wait $!; then
    echo "  $name: $((SECONDS - from)) s"
  else
    echo "  $name failed; the end of what it printed:" >&2
    tail -n 25 "$work/$name.log" >&2
    exit 1
  fi
}

packages() {
  mkdir -p lists/partial archives/partial debs root
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian bookworm main
deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian bookworm main" > sources.list
  local apt=(apt-get -q -o "Dir::Etc::sourcelist=$work/sources.list" -o Dir::Etc::sourceparts=- -o "Dir::State::lists=$work/lists"
    -o "Dir::Cache=$work" -o Debug::NoLocking=1)
  "${apt[@]}" update
  (cd debs && "${apt[@]}" download golang-1.19-go golang-1.19-src golang-github-modern-go-reflect2-dev etcd-server \
    kubernetes-client busybox-static)
  for each in debs/*.deb; do dpkg-deb -x "$each" root; done
  "${apt[@]}" source --download-only kubernetes
  dpkg-source -x kubernetes_*.dsc source
}

compile() {
  export GOROOT=$work/root/usr/lib/go-1.19 GOPATH=$work/go GOCACHE=$work/go-cache HOME=$work
  export PATH=$GOROOT/bin:$PATH GO111MODULE=off CGO_ENABLED=0 GOFLAGS='' GOTOOLCHAIN=local
  local tree=$GOPATH/src/k8s.io/kubernetes stamps=''
  mkdir -p "$GOPATH/src/k8s.io"
  ln -s "$work/source" "$tree"
  cd "$tree"
  # The copy in the source is older than what this compiler takes.
  rm vendor/github.com/modern-go/reflect2/*.{go,s}
  cp "$work"/root/usr/share/gocode/src/github.com/modern-go/reflect2/*.{go,s} vendor/github.com/modern-go/reflect2/

  # One generated file is not in the source package: the OpenAPI definitions of all types that ask for them.
  go build -o "$work/openapi-gen" ./vendor/k8s.io/kube-openapi/cmd/openapi-gen
  local asking
  asking=$(grep -rl --include='*.go' '+k8s:openapi-gen=true' pkg staging/src/k8s.io |
    grep -v -e /testdata/ -e /sample- -e _test.go -e /code-generator/ | xargs -n 1 dirname | sort -u |
    sed -e 's#^staging/src/#k8s.io/kubernetes/vendor/#' -e 's#^pkg/#k8s.io/kubernetes/pkg/#' | paste -sd ,)
  "$work/openapi-gen" -i "$asking" -p k8s.io/kubernetes/pkg/generated/openapi -O zz_generated.openapi \
    -h hack/boilerplate/boilerplate.generatego.txt -r "$work/violations"

  for each in component-base/version client-go/pkg/version; do
    each=k8s.io/kubernetes/vendor/k8s.io/$each
    stamps+=" -X $each.gitVersion=v$version -X $each.gitMajor=1 -X $each.gitMinor=20 -X $each.gitTreeState=clean"
  done
  # Without the clouds and without dockershim: the nodes run containerd.
  nice go build -tags providerless,dockerless -trimpath -ldflags "-s -w$stamps" -o "$work/bin/" \
    ./cmd/kube-apiserver ./cmd/kube-controller-manager ./cmd/kube-scheduler ./cmd/kubelet ./cmd/kube-proxy
  gcc -Os -static -o "$work/bin/pause" build/pause/linux/pause.c
}

mkdir bin
echo "Kubernetes $version for the tests is built into $place"
step packages packages
step compile compile
mv root/usr/bin/etcd root/usr/bin/kubectl root/bin/busybox bin/
mv bin "$place"
echo "  in all: $((SECONDS - begin)) s"
