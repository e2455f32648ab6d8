"""``make openapi``: writes the document that the server serves."""

from scripts.openapi.document import FILE, text

if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
    print(f"Wrote {FILE}.")
