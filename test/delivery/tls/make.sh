#!/bin/sh
# Makes the certificates in this folder: a private authority, and a server's for hooks.example.com. Test data only.
set -eu
cd "$(dirname "$0")"
openssl ecparam -name prime256v1 -genkey -noout -out ca.key
openssl req -x509 -new -key ca.key -days 36500 -subj "/CN=Test authority" -out ca.crt
openssl ecparam -name prime256v1 -genkey -noout -out server.key
openssl req -new -key server.key -subj "/CN=hooks.example.com" -out server.csr
printf 'subjectAltName=DNS:hooks.example.com\n' > server.ext
openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 36500 -extfile server.ext -out server.crt
rm -f server.csr server.ext ca.srl ca.key
