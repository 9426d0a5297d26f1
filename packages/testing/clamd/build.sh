#!/usr/bin/env bash
# Puts ClamAV's daemon into $1, for tests against the real thing. Needs apt-get with a Debian mirror and dpkg-deb; no root, nothing is installed: what the
# machine lacks of the packages is downloaded and unpacked. Its database is one signature of our own, of the industry's harmless test file.
# Written into a folder aside and renamed at the end: half a build is never taken for a whole one.
set -euo pipefail

target=$1
if [ -f "$target/ready" ]; then exit 0; fi
command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || { echo 'apt-get and dpkg-deb are needed' >&2; exit 1; }

mkdir -p "$(dirname "$target")"
build=$(mktemp -d "$target.XXXXXX")
trap 'rm -rf "$build"' EXIT
cd "$build"
mkdir -p state/lists/partial state/archives/partial root database

# The machine's own sources, with lists and cache of our own, so that neither root nor an earlier update is needed.
apt() {
  apt-get -qq -o APT::Sandbox::User="$(id -un)" -o Dir::State::lists="$PWD/state/lists" -o Dir::Cache="$PWD/state" \
    -o Dir::Cache::archives="$PWD/state/archives" -o Debug::NoLocking=1 "$@" >&2
}
apt update
apt --download-only -y --no-install-recommends install clamav-daemon
for package in state/archives/*.deb; do dpkg-deb -x "$package" root; done
[ -x root/usr/sbin/clamd ] || { echo 'the packages hold no clamd' >&2; exit 1; }
rm -rf state

printf 'Test.Eicar:0:*:%s\n' "$(printf 'EICAR-STANDARD-ANTIVIRUS-TEST-FILE' | od -An -tx1 | tr -d ' \n')" > database/own.ndb
chmod -R a+rX .
touch ready
if ! mv -T "$build" "$target" 2>/dev/null; then
  # Somebody else finished first.
  [ -f "$target/ready" ]
fi
trap - EXIT
