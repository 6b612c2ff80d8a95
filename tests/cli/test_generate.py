from __future__ import annotations

from pathlib import Path

from support.commands import run, written


def texts(folder: Path) -> dict[str, str]:
    """All files in a folder, and what is in them."""
    found = (file for file in folder.rglob("*") if file.is_file())
    return {file.relative_to(folder).as_posix(): file.read_text() for file in found}


def test_an_api_with_one_endpoint_becomes_a_module(tmp_path: Path) -> None:
    api, out = f"{written(tmp_path)}:chat", tmp_path / "out"
    result = run("generate", api, "-o", str(out))
    assert result.exit_code == 0, result.output
    assert list(texts(out)) == ["chat_ws.py"]
    assert "class ChatWs(" in texts(out)["chat_ws.py"]
    again = run("generate", api, "-o", str(out))
    assert again.output.strip().endswith("chat_ws.py is as it was")


def test_an_api_with_several_endpoints_becomes_a_package(tmp_path: Path) -> None:
    api, out = f"{written(tmp_path)}:two", tmp_path / "out"
    assert run("generate", api, "-o", str(out)).exit_code == 0
    assert set(texts(out)) == {"two_ws/__init__.py", "two_ws/talk.py", "two_ws/listen.py"}


def test_one_endpoint_alone_becomes_a_module(tmp_path: Path) -> None:
    api, out = f"{written(tmp_path)}:two/Listen", tmp_path / "out"
    assert run("generate", api, "-o", str(out)).exit_code == 0
    assert list(texts(out)) == ["two_ws.py"]


def test_check_tells_what_is_missing_stale_or_up_to_date(tmp_path: Path) -> None:
    api, out = f"{written(tmp_path)}:chat", tmp_path / "out"
    command = ("generate", api, "-o", str(out), "--check")
    missing = run(*command)
    assert (missing.exit_code, missing.output.split()[-2:]) == (1, ["is", "missing."])
    assert not out.exists()
    run("generate", api, "-o", str(out))
    current = run(*command)
    assert (current.exit_code, current.output) == (0, "1 file is up to date.\n")
    file = out / "chat_ws.py"
    file.write_text(file.read_text() + "\n# changed\n")
    stale = run(*command)
    assert (stale.exit_code, "out of date" in stale.output) == (1, True)
    assert "# changed" in file.read_text()
    assert run("generate", api, "-o", str(out)).exit_code == 0
    assert run(*command).exit_code == 0


def test_what_was_not_generated_is_replaced_by_force_alone(tmp_path: Path) -> None:
    api = f"{written(tmp_path)}:two"
    out = tmp_path / "out"
    file = out / "two_ws" / "talk.py"
    file.parent.mkdir(parents=True)
    file.write_text("mine = True\n")
    refused = run("generate", api, "-o", str(out))
    assert refused.exit_code == 2
    assert "was not generated: --force replaces it" in refused.output
    assert texts(out) == {"two_ws/talk.py": "mine = True\n"}
    assert run("generate", api, "-o", str(out), "--force").exit_code == 0
    assert "mine" not in file.read_text()


def test_nothing_is_written_through_a_link_that_leads_elsewhere(tmp_path: Path) -> None:
    api = f"{written(tmp_path)}:two"
    out, elsewhere = tmp_path / "out", tmp_path / "elsewhere"
    out.mkdir()
    elsewhere.mkdir()
    (out / "two_ws").symlink_to(elsewhere)
    result = run("generate", api, "-o", str(out), "--force")
    assert result.exit_code == 2
    assert "is a link that leads out of" in result.output
    assert texts(elsewhere) == {}


def test_a_place_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    api, out = f"{written(tmp_path)}:chat", tmp_path / "out"
    (out / "chat_ws.py").mkdir(parents=True)
    result = run("generate", api, "-o", str(out), "--force")
    assert result.exit_code == 2
    assert "cannot write" in result.output
    assert "chat_ws.py" in result.output
