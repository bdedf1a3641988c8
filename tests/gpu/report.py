"""What was measured, as tables in markdown for docs/benchmarks.md, and the best settings as a preset."""

from collections.abc import Callable, Iterable

from tests.gpu.shapes import Shape

Row = dict
Tell = Callable[[Row], None]
"""Takes a row at once, so that it is kept whatever happens next."""
_USABLE = 0.9
_GIB = 1 << 30


def report(rows: list[Row], shape: Shape, device: str, device_bytes: int) -> str:
    """All tables. `device` says what was measured on, `device_bytes` how much memory it has."""
    limit = next((row["flops"] for row in rows if row["part"] == "limit"), 0.0)
    speed = [row for row in rows if row["part"] in ("speed", "trl")]
    parts = [
        f"{device}. Its fastest large matrix product: {limit / 1e12:.3g} TFLOP/s.",
        f"QLoRA, rank {shape.rank}, shape {shape.name}, rows of {shape.length} tokens:",
        _table(
            ("", "recomputed", "Liger", "batch", "tokens/s", "of the limit", "peak GiB", "forecast", "ratio"),
            map(_of_speed, speed),
        ),
        "Ten steps of every method on a small model:",
        _table(
            ("", "steps/s", "loss", "validation loss", "peak GiB", "forecast", "ratio"),
            (_of_method(row) for row in rows if row["part"] == "methods"),
        ),
        "Checks:",
        _table(("", "apart by", "allowed"), (_of_check(row) for row in rows if row["part"] == "checks")),
        *(f"{row['name']}: {_note(row)}" for row in rows if row["part"] == "lost"),
        preset(speed, shape, device_bytes),
    ]
    return "\n\n".join(parts)


def failures(rows: list[Row]) -> list[str]:
    """What went wrong, by name."""
    return [f"{row['name']}: {row['failed']}" for row in rows if "failed" in row]


def preset(speed: list[Row], shape: Shape, device_bytes: int) -> str:
    """The settings that train the most tokens a second and leave a tenth of the memory, as an entry of PRESETS."""
    ours = [row for row in speed if row["part"] == "speed" and row["examples"] == 1 and "share" in row]
    fit = [row for row in ours if row["peak_bytes"] <= _USABLE * device_bytes]
    if not fit:
        return "No settings were measured that would make a preset."
    best = max(fit, key=lambda row: row["tokens_per_second"])
    settings = {
        "load_in_4bit": True, "lora_r": shape.rank, "lora_alpha": 16, "max_seq_length": shape.length,
        "batch_size": best["batch"], "gradient_checkpointing": best["recomputed"], "use_liger": best["liger"],
    }  # fmt: skip
    reason = f"{best['tokens_per_second']:,.0f} tokens/s, {best['share']:.0%} of the limit"
    lines = (f'    "{name}": {value!r},' for name, value in settings.items())
    return "\n".join(["The best as a preset:", "", "```python", f"{{  # {reason}", *lines, "}", "```"])


def _of_speed(row: Row) -> list[str]:
    batch = str(row.get("batch", ""))
    packed = f", {row['examples']} examples a row" if row["examples"] > 1 else ""
    names = [row["trainer"] + packed, _yes(row["recomputed"]), _yes(row["liger"]), batch]
    if "share" not in row:
        return [*names, _note(row)]
    return [*names, f"{row['tokens_per_second']:,.0f}", f"{row['share']:.0%}", *_memory(row)]


def _of_method(row: Row) -> list[str]:
    if "losses" not in row:
        return [row["name"], _note(row)]
    losses = (f"{first:.3f} → {last:.3f}" for first, last in (row["losses"], row["validation_losses"]))
    name = ". ".join([row["name"], *row["events"]])
    return [name, f"{row['steps_per_second']:.3g}", *losses, *_memory(row)]


def _of_check(row: Row) -> list[str]:
    if "apart" not in row:
        return [row["name"], _note(row)]
    return [row["name"] + (" FAILED" if "failed" in row else ""), f"{row['apart']:.1e}", f"{row['allowed']:.0e}"]


def _memory(row: Row) -> list[str]:
    peak, forecast = row["peak_bytes"], row["forecast_bytes"]
    return [f"{peak / _GIB:.2f}", f"{forecast / _GIB:.2f}", f"{forecast / peak:.2f}"]


def _note(row: Row) -> str:
    return f"FAILED: {row['failed']}" if "failed" in row else row["note"]


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _table(head: tuple[str, ...], rows: Iterable[list[str]]) -> str:
    """Columns after the first are figures. Short rows end with a note."""
    lines = [list(head), ["---", *["---:"] * (len(head) - 1)]]
    lines += [row + [""] * (len(head) - len(row)) for row in rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |" for line in lines)
