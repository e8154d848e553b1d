"""The child that makes a copy of one picture: bytes in, a new JPEG out, under limits that it can not lift again."""

import io
import resource
import sys

MEMORY = 512 * 1024 * 1024
CPU_S = 6
#: A picture of 10,000 by 10,000 has 100 million.
PIXELS_MAX = 40_000_000
LONGEST_SIDE = 1600
FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP")


def main() -> int:
    """Read a picture from standard input and write its copy to standard output."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    from PIL import Image, ImageOps  # noqa: PLC0415 - loaded under the limits

    Image.MAX_IMAGE_PIXELS = PIXELS_MAX
    with Image.open(io.BytesIO(sys.stdin.buffer.read()), formats=FORMATS) as picture:
        if picture.width * picture.height > PIXELS_MAX:
            return 1
        picture.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
        # Turned as its camera said, because that is the last that anybody hears of it.
        turned = ImageOps.exif_transpose(picture)
        turned.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
        flat = turned.convert("RGBA")
        # New pixels on a new sheet: no EXIF, no profile, no comment and no second picture comes along.
        sheet = Image.new("RGB", flat.size, "white")
        sheet.paste(flat, mask=flat.getchannel("A"))
    out = io.BytesIO()
    sheet.save(out, "JPEG", quality=85)
    sys.stdout.buffer.write(out.getvalue())
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Exception:  # noqa: BLE001 - whatever it is, there is no copy, and nothing is said of what was in it
        sys.exit(1)
