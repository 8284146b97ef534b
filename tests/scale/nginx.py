"""nginx before the nodes, as docs/operations.md has it; Debian's, unpacked if need be.

Lives here: getting it, its configuration, its process. Not here: what stands behind it.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from runtime import paths
from runtime.failures import SetupFailure
from runtime.progress import run_quietly, step

PREFIX = paths.CACHE / "nginx"
STOP_TIMEOUT_S = 10.0
CONFIGURATION = """
daemon off;
user root;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log warn;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    client_max_body_size 16m;
    upstream hub {{
{servers}
    }}
    server {{
{listens}
        proxy_connect_timeout 2s;
        proxy_read_timeout 20s;
        proxy_next_upstream error timeout http_503 non_idempotent;
        proxy_set_header Host $host;
        proxy_set_header X-Forwarded-Host $host;
        proxy_set_header X-Forwarded-Proto $scheme;
        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        location / {{ proxy_pass http://hub; }}
        location /queue_job/ {{
            allow {network};
            deny all;
            proxy_ignore_client_abort on;
            proxy_read_timeout 600s;
            proxy_pass http://hub;
        }}
    }}
}}
"""


@contextmanager
def nginx(
    folder: Path, *, listens: Sequence[str], servers: Sequence[str], network: str
) -> Iterator[None]:
    """Run it during the block.

    :param listens: addresses with port that it is reached at
    :param servers: the nodes, likewise
    :param network: where the job runners are
    :raises SetupFailure: it cannot be had or does not start
    """
    folder.mkdir(parents=True, exist_ok=True)
    configuration = folder / "nginx.conf"
    configuration.write_text(
        CONFIGURATION.format(
            folder=folder,
            network=network,
            listens="\n".join(f"        listen {address};" for address in listens),
            servers="\n".join(
                f"        server {address} max_fails=1 fail_timeout=5s;"
                for address in servers
            ),
        ),
        "utf-8",
    )
    log = str(folder / "nginx.log")
    command = [str(_program()), "-c", str(configuration), "-p", str(folder), "-e", log]
    checked = subprocess.run(
        [*command, "-t"], capture_output=True, text=True, check=False
    )
    if checked.returncode:
        raise SetupFailure(f"nginx refuses its configuration: {checked.stderr}")
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait(STOP_TIMEOUT_S)


def _program() -> Path:
    """Return the machine's nginx, or Debian's package unpacked into the cache."""
    found = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin")
    if found:
        return Path(found)
    program = PREFIX / "usr" / "sbin" / "nginx"
    if not program.exists():
        _unpack()
    return program


def _unpack() -> None:
    work = PREFIX.with_name("nginx.partial")
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    with step("Downloading nginx, verified by apt") as running:
        run_quietly(
            ["apt-get", "download", "nginx"],
            running=running,
            cwd=work,
            failure="nginx could not be downloaded: install the package nginx",
        )
        (package,) = work.glob("nginx_*.deb")
        run_quietly(
            ["dpkg", "-x", package, work],
            running=running,
            failure="nginx could not be unpacked",
        )
        package.unlink()
    work.rename(PREFIX)
