#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Opens a local page in headless Chromium, without network, and waits for its
# scripts.
#
# usage: browse.sh dom PAGE                   prints the page as the scripts
#                                             left it; what the console got
#                                             goes to stderr
#        browse.sh shot PAGE -o OUT.png WIDTHxHEIGHT [dark]
#                                             dark: the system prefers it
#
# PAGE is a path, with #dark or another fragment where wanted.
set -euo pipefail

browser=$(command -v chromium-headless-shell || command -v chromium)
profile=$(mktemp -d)
trap 'rm -rf "$profile"' EXIT
arguments=(
  --headless --disable-gpu --disable-dev-shm-usage --hide-scrollbars
  --host-resolver-rules='MAP * ~NOTFOUND' --user-data-dir="$profile"
  --enable-logging=stderr --v=0 --virtual-time-budget=10000
)
# Root has no sandbox.
((EUID != 0)) || arguments+=(--no-sandbox)

mode=$1
page=file://$(realpath "${2%%#*}")
[[ $2 != *'#'* ]] || page+=#${2#*#}
case $mode in
  dom) arguments+=(--dump-dom) ;;
  shot) arguments+=(--screenshot="$(realpath "$4")" --window-size="${5/x/,}")
    [[ ${6-} != dark ]] || arguments+=(--blink-settings=preferredColorScheme=0)
    ;;
esac
"$browser" "${arguments[@]}" "$page" 2> >(grep CONSOLE >&2)
