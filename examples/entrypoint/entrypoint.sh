#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# An entrypoint as images have it: makes the server's directories, writes its configuration, starts
# it, and waits. Then somebody has got in, and runs what follows "--" (see ../demo.sh).
# usage: entrypoint.sh DIRECTORY PORT [-- COMMAND...]
set -eu
dir=$1 port=$2
shift 2
[ $# = 0 ] || shift

mkdir -p "$dir/www"
echo 'Served under a policy.' >"$dir/www/index.html"
cat >"$dir/nginx.conf" <<END
daemon off;
pid $dir/nginx.pid;
error_log stderr error;
events {}
http {
	access_log off;
	client_body_temp_path $dir/body;
	proxy_temp_path $dir/proxy;
	fastcgi_temp_path $dir/fastcgi;
	uwsgi_temp_path $dir/uwsgi;
	scgi_temp_path $dir/scgi;
	server {
		listen 127.0.0.1:$port;
		root $dir/www;
	}
}
END
nginx -e stderr -p "$dir" -c "$dir/nginx.conf" &
server=$!
trap 'kill "$server" 2>/dev/null && wait "$server" || true' EXIT
[ $# = 0 ] || "$@"
[ $# != 0 ] || wait "$server"
