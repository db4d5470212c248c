#!/usr/bin/env bash
# A node: the first process in namespaces of its own for processes, network, mounts and host name, so that all of the node
# ends with it. control.py starts it, with the node's folder as its first argument and NAME, ADDRESS, PODS, ALL_PODS, ADMIN
# and PROGRAMS in its environment.
set -u
node=$1
export PATH=$PROGRAMS:$PATH
hostname "$NAME"

# What has its place in the system is this node's own.
mount --make-rprivate /
mount -t proc proc /proc
mount -t tmpfs tmpfs /run
for each in log lib/cni lib/kubelet lib/containerd; do
  mkdir -p "/var/$each" "$node/var/$each"
  mount --bind "$node/var/$each" "/var/$each"
done
# The kubelet wants these values of the kernel and would set them for the whole machine: it reads them here instead.
tunable() {
  local file=$node/tunables/${1//\//-}
  mkdir -p "$node/tunables"
  echo "$2" > "$file"
  mount --bind "$file" "/proc/sys/$1"
}
tunable vm/overcommit_memory 1
tunable vm/panic_on_oom 0
tunable kernel/panic 10
tunable kernel/panic_on_oops 1
tunable kernel/keys/root_maxkeys 1000000
tunable kernel/keys/root_maxbytes 25000000

ip link set lo up
echo 1 > /proc/sys/net/ipv4/ip_forward
echo 1 > /proc/sys/net/ipv4/tcp_orphan_retries
[ -e /proc/sys/net/bridge/bridge-nf-call-iptables ] && echo 1 > /proc/sys/net/bridge/bridge-nf-call-iptables
# Whatever is no pod answers to the node.
iptables -w -t nat -A POSTROUTING -s "$PODS" ! -d "$ALL_PODS" -j MASQUERADE

start() { local name=$1; shift; "$@" >> "$node/../log/$NAME-$name.log" 2>&1 & }
start containerd containerd --config "$node/containerd.toml"
for ((n = 0; n < 300; n++)); do
  ctr -a "$node/containerd.sock" version >/dev/null 2>&1 && break
  sleep 0.1
done
ctr -a "$node/containerd.sock" -n k8s.io images import "$node/../pause.tar" >> "$node/../log/$NAME-images.log" 2>&1
while [ ! -e "$node/../api-is-ready" ]; do sleep 0.1; done
start kubelet kubelet --config="$node/kubelet.yaml" --kubeconfig="$node/../credentials/$NAME.conf" --hostname-override="$NAME" \
  --node-ip="$ADDRESS" --container-runtime=remote --container-runtime-endpoint="unix://$node/containerd.sock" \
  --cert-dir="$node/certificates"
start proxy kube-proxy --kubeconfig="$ADMIN" --proxy-mode=iptables --hostname-override="$NAME" --cluster-cidr="$ALL_PODS" \
  --conntrack-max-per-core=0 --conntrack-tcp-timeout-established=0 --conntrack-tcp-timeout-close-wait=0 --oom-score-adj=0
wait
