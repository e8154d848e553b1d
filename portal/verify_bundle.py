"""
Check an exported case without the portal: the digests of its sealed sources, the chain of its history, its seals.

Unpack the file and run ``python3 verify.py`` in its folder. It exits with 1 and names what does not stand as it was.
"""

import hashlib
import json
import pathlib
import sys


def main(folder: pathlib.Path) -> int:
    """Print what is wrong, or that nothing is; return the exit status."""
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    faults = [f"the bytes of {digest} were gone or changed at the export" for digest in manifest["broken_seals"]]
    faults += sources(folder, manifest)
    lines = (folder / "history.jsonl").read_text(encoding="utf-8").splitlines()
    faults += chain(lines)
    faults += sealed(json.loads((folder / "seals.json").read_text(encoding="utf-8")), lines)
    for fault in faults:
        sys.stdout.write(f"{fault}\n")
    if not faults:
        sys.stdout.write(f"{manifest['case']['reference']}: every source and every line stands as it was written.\n")
    return 1 if faults else 0


def sources(folder: pathlib.Path, manifest: dict) -> list[str]:  # type: ignore[type-arg]  # plain Python of any version
    """Return which sealed sources are missing or changed."""
    faults = []
    for kind in ("alerts", "additions", "files"):
        for row in manifest[kind]:
            digest = row["sha256"]
            place = folder / "sealed" / digest
            if not place.exists():
                if digest not in manifest["broken_seals"]:
                    faults.append(f"{digest} is missing")
            elif hashlib.sha256(place.read_bytes()).hexdigest() != digest:
                faults.append(f"{digest} was changed")
    return faults


def chain(lines: list) -> list[str]:  # type: ignore[type-arg]  # plain Python of any version
    """Return which lines of the history do not follow from the one before, or say something else than they said."""
    faults = []
    previous = None
    for number, text in enumerate(lines, start=1):
        line = json.loads(text)
        if previous is None:
            previous = hashlib.sha256(bytes.fromhex(line["case"].replace("-", ""))).hexdigest()
        if line["seq"] != number:
            faults.append(f"line {number} is missing")
            break
        if line["prev_hash"] != previous:
            faults.append(f"line {number} does not follow the line before it")
        said = json.dumps(line["facts"], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        if hashlib.sha256(f"{line['salt']}|{said}".encode()).hexdigest() != line["payload_hash"]:
            faults.append(f"the facts of line {number} were changed")
        sealed = "|".join([line["case"], line["at"], line["actor"], line["action"], line["payload_hash"]])
        if hashlib.sha256(f"{line['prev_hash']}|{number}|{sealed}".encode()).hexdigest() != line["hash"]:
            faults.append(f"line {number} was changed")
        previous = line["hash"]
    if not lines:
        faults.append("there is no history at all")
    return faults


def sealed(proof: dict | None, lines: list) -> list[str]:  # type: ignore[type-arg]  # plain Python of any version
    """Return where the way from the history to the newest root is broken. The stamp on that root is for openssl."""
    if proof is None:
        return []
    line = proof["line"]
    if len(lines) < line["seq"] or json.loads(lines[line["seq"] - 1])["hash"] != line["hash"]:
        return [f"line {line['seq']} is not the one that was sealed"]
    text = f"history|{line['case']}|{line['seq']}|{line['hash']}"
    node = hashlib.sha256(b"\x00" + text.encode()).digest()
    for side, neighbour in proof["path"]:
        other = bytes.fromhex(neighbour)
        node = hashlib.sha256(b"\x01" + (other + node if side == "left" else node + other)).digest()
    faults = [] if node.hex() == proof["seals"][0]["tree"] else ["the sealed line is not in its seal"]
    before = proof["seals"][0]["prev_root"]
    for seal in proof["seals"]:
        made = f"{seal['number']}|{seal['at']}|{seal['prev_root']}|{seal['tree']}"
        if seal["prev_root"] != before or hashlib.sha256(made.encode()).hexdigest() != seal["root"]:
            faults.append(f"seal {seal['number']} was changed")
        before = seal["root"]
    return faults


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(__file__).resolve().parent))
