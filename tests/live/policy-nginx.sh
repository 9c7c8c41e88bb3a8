#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# nginx under its policy, as root with workers of another user, and as an ordinary user: everything
# that the policy's head names, and load by wrk, with nothing reported. Then an attack from within
# the worker that gets a request: by a library that is loaded into nginx, as hostile code would be
# that an error in nginx let in.
# timeout: 90
. "$(dirname "$0")/../common/lib.sh"
. "$(dirname "$0")/../common/policies.sh"
PATH=$PATH:/usr/sbin
for program in nginx wrk; do
	have $program || skip_all "$program is not there"
done
enter_work
mkdir www && head -c 300000 /dev/urandom >www/big && echo "hello from nginx" >www/index.html
have openssl && openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=localhost -days 2 \
	-keyout key.pem -out cert.pem 2>/dev/null
if cc -shared -fPIC -O1 -D_GNU_SOURCE -DATTACK_LIBRARY "$repository/tests/live/attack.c" -o attack.so \
	2>cc.err; then
	preload=$work/attack.so
else
	preload=
fi
chmod -R a+rX "$work"
here nginx "$work/www/**, $work/*.pem, $work/attack.so" "$work/root/**, $work/user/**"

# get PATH: the status, then the SHA-256 of what came
cat >fetch.py <<'END'
import hashlib, ssl, sys, urllib.error, urllib.request
method, url, *rest = sys.argv[1:]
request = urllib.request.Request(url, method=method)
if method == "PUT":
    request.data = open(rest[0], "rb").read()
if method == "COPY":
    request.add_header("Destination", rest[0])
context = ssl._create_unverified_context() if url.startswith("https") else None
try:
    answer = urllib.request.urlopen(request, timeout=5, context=context)
except urllib.error.HTTPError as error:
    print(error.code)
    sys.exit()
body = answer.read()
if rest == ["show"]:
    sys.stdout.buffer.write(body)
else:
    print(answer.status, hashlib.sha256(body).hexdigest() if method == "GET" else "")
END
fetch() { /usr/bin/python3 "$work/fetch.py" "$@" 2>&1; }

# configure DIR PORT TLS-PORT WORKER-USER
configure() {
	mkdir -p "$1/dav" "$1/logs"
	tls=
	if [ -s key.pem ]; then
		tls="listen 127.0.0.1:$3 ssl; ssl_certificate $work/cert.pem; ssl_certificate_key $work/key.pem;"
	fi
	cat >"$1/nginx.conf" <<-END
		${4:+user $4;}
		worker_processes 2;
		worker_cpu_affinity auto;
		worker_rlimit_nofile 256;
		pid $1/pid;
		error_log $1/logs/error.log info;
		thread_pool default threads=2;
		events { worker_connections 200; }
		http {
			client_body_temp_path $1/body; proxy_temp_path $1/proxy; fastcgi_temp_path $1/fastcgi;
			uwsgi_temp_path $1/uwsgi; scgi_temp_path $1/scgi;
			access_log $1/logs/access.log; sendfile on; tcp_nopush on; gzip on; gzip_types *;
			proxy_cache_path $1/cache keys_zone=k:1m; open_file_cache max=10;
			upstream local { server unix:$1/upstream.sock; keepalive 2; }
			resolver 127.0.0.1:9; resolver_timeout 1s;
			server {
				listen 127.0.0.1:$2 reuseport; $tls
				root $work/www;
				location /status { stub_status; }
				location /list/ { autoindex on; alias $work/www/; }
				location /proxy/ { proxy_pass http://local/; }
				location /tcp/ { proxy_pass http://localhost:$2/; }
				location /cache/ { proxy_cache k; proxy_cache_valid 1m; proxy_pass http://local/; }
				location /threads/ { aio threads; alias $work/www/; }
				location /direct/ { directio 512; alias $work/www/; }
				location /name/ { set \$name nobody.invalid; proxy_pass http://\$name/; }
				location /dav/ { root $1; dav_methods PUT DELETE MKCOL COPY MOVE;
					client_max_body_size 1m; client_body_buffer_size 8k; }
			}
			server {
				listen unix:$1/upstream.sock; root $work/www;
				access_log syslog:server=127.0.0.1:9;
			}
		}
	END
}

requests() { # requests NAME DIR PORT TLS-PORT
	url=http://127.0.0.1:$3
	file=$(sha256sum www/big)
	file=${file%% *}
	page=$(sha256sum www/index.html)
	page=${page%% *}
	expect "$1: static" "200 $page" "$(fetch GET "$url/")"
	for where in /big /proxy/big /tcp/big /cache/big /cache/big /threads/big /direct/big; do
		expect "$1: $where" "200 $file" "$(fetch GET "$url$where")"
	done
	if [ -s key.pem ]; then
		expect "$1: TLS" "200 $file" "$(fetch GET "https://127.0.0.1:$4/big")"
	else
		skip "$1: TLS" "openssl is not there"
	fi
	expect "$1: resolver" 502 "$(fetch GET "$url/name/")"
	expect "$1: upload" "201 " "$(fetch PUT "$url/dav/x" www/big)"
	expect "$1: copy" "204 " "$(fetch COPY "$url/dav/x" /dav/y)"
	expect "$1: new directory" "201 " "$(fetch MKCOL "$url/dav/z/")"
	expect "$1: delete" "204 " "$(fetch DELETE "$url/dav/x")"
	fetch GET "$url/list/" >/dev/null
	fetch GET "$url/status" >/dev/null
	if cmp -s www/big "$2/dav/y"; then pass "$1: uploaded file"; else fail "$1: uploaded file" "differs"; fi
}

load() { # load NAME PORT
	wrk -t1 -c8 -d2 "http://127.0.0.1:$2/" >wrk.out 2>&1
	if grep -q '^Requests/sec' wrk.out && ! grep -qE 'Socket errors|Non-2xx' wrk.out; then
		pass "$1: load ($(awk '/requests in/ { print $1 }' wrk.out) requests)"
	else
		fail "$1: load" "$(tr '\n' ' ' <wrk.out)"
	fi
}

workers() { pgrep -P "$(cat "$1/pid")" -f 'worker process$' | sort | tr '\n' ' '; }
changed() { [ "$(workers "$1")" != "$2" ] && [ "$(workers "$1" | wc -w)" = 2 ]; }

# one NAME USER WORKER-USER
one() {
	dir=$work/$1
	mkdir "$dir"
	port=$(free_port)
	tls_port=$(free_port)
	configure "$dir" "$port" "$tls_port" "$3"
	if is_root; then
		chown -R "$2" "$dir"
		if [ -n "$3" ]; then chown "$3" "$dir/dav"; fi
	fi
	as "$2" "$BAILIFF" run -p policies/nginx-here.yaml --report "$dir/report-t" -- \
		nginx -t -c "$dir/nginx.conf" -e stderr >"$dir/out-t" 2>&1
	expect "$1: config test" 0 $?
	expect_quiet "$1: config test: nothing denied" "$dir/report-t"
	LD_PRELOAD=$preload become "$2" "$BAILIFF_STATIC" run -p policies/nginx-here.yaml \
		--report "$dir/report" -- nginx -c "$dir/nginx.conf" -e stderr -g 'daemon off;' \
		>"$dir/out" 2>&1 &
	bailiff=$!
	pids="$pids $bailiff"
	if ! wait_for 10 fetch GET "http://127.0.0.1:$port/status"; then
		fail "$1: start" "$(tail -n 3 "$dir/out")"
		return
	fi
	wait_for 10 test -s "$dir/pid"
	requests "$1" "$dir" "$port" "$tls_port"
	load "$1" "$port"
	before=$(workers "$dir")
	kill -HUP "$bailiff"
	if wait_for 10 changed "$dir" "$before"; then pass "$1: reload"; else fail "$1: reload" "same workers"; fi
	mv "$dir/logs/access.log" "$dir/logs/old.log"
	kill -USR1 "$bailiff"
	if wait_for 5 test -e "$dir/logs/access.log"; then pass "$1: new log"; else fail "$1: new log" "none"; fi
	expect "$1: after reload" "200 $page" "$(fetch GET "http://127.0.0.1:$port/")"
	expect_quiet "$1: nothing denied" "$dir/report"
	if [ -n "$preload" ]; then
		strike "$1" "$dir" "$port"
	else
		skip "$1: attack" "cc can't build the library: $(head -n 1 cc.err)"
	fi
	kill -QUIT "$bailiff"
	ended "$bailiff"
	expect "$1: graceful stop" 0 $?
	expect "$1: nothing is left" "" "$(pgrep -f "nginx.*$dir/")"
}

strike() { # strike NAME DIR PORT
	default='@ policies/nginx.yaml: default: deny'
	kernel='@ policies/nginx.yaml: deny: [modules, kexec, bpf, perf, mount, namespaces, ptrace, keyring, io-uring, clock, reboot, raw-io, log]'
	memory='@ policies/nginx.yaml: deny: [anonymous-memory, writable-then-executable]'
	all='exec&rwx&make-exec&vsock&alg&packet&io-uring&unshare&clone&ptrace&tiocsti&keyctl&bpf&userfault&x32&setns&read-file&make-file&link&raw'
	expect "$1: attack: the program's view" "ptrace EPERM
io-uring $uring
unshare EPERM
clone EPERM
setns EPERM
vsock EPERM
alg EPERM
packet EPERM
tiocsti EPERM
keyctl EPERM
bpf EPERM
userfault EPERM
exec EPERM
rwx EPERM
make-exec EPERM
read-file EACCES
make-file EACCES
link EPERM
raw EPERM
x32 ENOSYS" "$(fetch GET "http://127.0.0.1:$3/attack?$all" show)"
	sleep 1.2
	expect_violations "$1: attack: the report" "$2/report" <<-END
		bpf 1 denied EPERM $kernel
		clone 1 denied EPERM @ policies/nginx.yaml: capabilities:
		execve 1 denied EPERM @ policies/nginx.yaml: - {calls: [execve, execveat], why: nginx starts no program}
		getpid 1 denied ENOSYS @ policies/nginx-here.yaml: architectures: [x86_64]
		io_uring_setup 1 denied EPERM @ policies/nginx-here.yaml: files:
		ioctl 1 denied EPERM $default
		keyctl 1 denied EPERM $kernel
		linkat 1 denied EPERM $default
		mmap 1 denied EPERM $memory
		mprotect 1 denied EPERM $memory
		ptrace 1 denied EPERM $kernel
		setns 1 denied EPERM @ policies/nginx.yaml: capabilities:
		socket 4 denied EPERM $default
		unshare 1 denied EPERM @ policies/nginx.yaml: capabilities:
		userfaultfd 1 denied EPERM $default
	END
	expect "$1: serves on" "200 $page" "$(fetch GET "http://127.0.0.1:$3/")"
}

if is_root; then
	one root root www-data
else
	skip root "it takes root"
fi
one user nobody ""
