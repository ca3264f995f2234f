#!/bin/sh
# A Chromium for the tests of the pages: installed where we may, else those tests are skipped and say why.
set -eu
command -v chromium >/dev/null 2>&1 && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing chromium for the tests of the pages"
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq -o Acquire::Retries=3 --no-install-recommends chromium; } \
        >/dev/null 2>&1 && exit 0
fi
echo "No chromium: the tests of the pages will be skipped. With it: sudo apt-get install chromium"
