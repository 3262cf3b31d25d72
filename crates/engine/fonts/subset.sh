#!/bin/sh
# Makes the fonts of statements from Noto Sans CJK JP. Needs `fonttools` (pip) and the collection
# files of Noto Sans CJK 2.x: subset.sh NotoSansCJK-Regular.ttc NotoSansCJK-Bold.ttc
set -eu
cd "$(dirname "$0")"
chars=$(mktemp)
python3 - "$chars" <<'P'
import sys
# Latin with the accents of Europe, and what papers are set with.
latin = set(range(0x20, 0x7F)) | set(range(0xA0, 0x180)) | {0x218, 0x219, 0x21A, 0x21B}
signs = set(map(ord, "‐‑–—‘’“”•…‰′″※€№←↑→↓−≠≤≥∞■□▲▼△▽○●◎★☆〓〒～"))
# CP932: JIS X 0208 with the extensions of NEC and IBM, which names need.
cp932 = set()
for a in [*range(0x81, 0xA0), *range(0xE0, 0xFD)]:
    for b in [*range(0x40, 0x7F), *range(0x80, 0xFD)]:
        try:
            cp932.add(ord(bytes([a, b]).decode("cp932")))
        except UnicodeDecodeError:
            pass
half = {ord(bytes([b]).decode("cp932")) for b in range(0xA1, 0xE0)}
names = set(map(ord, "𠮷𡈽𩸽髙﨑塚德濵邉邊齋齊櫻澤"))
def write(path, chars):
    open(path, "w").write(",".join("%04X" % c for c in sorted(chars) if c >= 0x20))
write(sys.argv[1], latin | signs | cp932 | half | names)
P
cut() {
  pyftsubset "$1" --font-number=0 --unicodes-file="$2" --layout-features= --no-hinting \
    --desubroutinize --name-IDs=0,1,2,4,5,6,13,14 --output-file="$3"
}
cut "$1" "$chars" TokutenSansJP-Regular.otf
cut "$2" "$chars" TokutenSansJP-Bold.otf
