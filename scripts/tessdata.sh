#!/bin/sh
# Tesseract's languages for the tests of reading: installed where we may, else what needs them is skipped and says why.
set -eu
for language in eng ben osd; do
    [ -n "$(find /usr/share/tesseract-ocr /usr/share/tessdata /usr/local/share/tessdata /opt/homebrew/share/tessdata \
        -name "$language.traineddata" 2>/dev/null)" ] || missing="${missing:-} tesseract-ocr-$language"
done
[ -n "${missing:-}" ] || exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing$missing for the tests of reading"
    # shellcheck disable=SC2086  # several packages
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq -o Acquire::Retries=3 \
        --no-install-recommends $missing; } >/dev/null 2>&1 && exit 0
fi
echo "Without Tesseract's languages some tests of reading cannot run. With them: sudo apt-get install$missing"
