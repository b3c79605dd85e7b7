#!/bin/sh
# Makes the certificates in this folder: a private authority, and its certificates for a receiver at 127.0.0.1 and hooks.example.com, all with
# one key: a good one, one for another name, one that has expired; and one that is signed by nobody but itself. Test data only.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
: > "$work/index"
echo 01 > "$work/serial"
cat > "$work/conf" <<END
[ca]
default_ca=it
[it]
new_certs_dir=$work
database=$work/index
serial=$work/serial
default_md=sha256
policy=any
unique_subject=no
[any]
commonName=supplied
[authority]
basicConstraints=critical,CA:TRUE
[ours]
subjectAltName=IP:127.0.0.1,DNS:hooks.example.com
[another]
subjectAltName=DNS:other.example.com
END
key() { # file, name
  openssl ecparam -name prime256v1 -genkey -noout -out "$1.key"
  openssl req -new -key "$1.key" -subj "/CN=$2" -out "$work/$(basename "$1").csr"
}
sign() { # file, extensions, last day, then whose signature
  file=$1 extensions=$2 until=$3
  shift 3
  openssl ca -batch -notext -config "$work/conf" -extensions "$extensions" -startdate 20200101000000Z -enddate "$until" \
    -out "$file" "$@" 2> "$work/log" || { cat "$work/log"; exit 1; }
}
key "$work/ca" "Test authority"
key server receiver
sign ca.crt authority 21200101000000Z -selfsign -keyfile "$work/ca.key" -in "$work/ca.csr"
by_authority="-cert ca.crt -keyfile $work/ca.key -in $work/server.csr"
sign good.crt ours 21200101000000Z $by_authority
sign otherName.crt another 21200101000000Z $by_authority
sign expired.crt ours 20210101000000Z $by_authority
sign selfSigned.crt ours 21200101000000Z -selfsign -keyfile server.key -in "$work/server.csr"
