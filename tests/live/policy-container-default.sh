#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# container-default under a session of ordinary tools in a shell, as root and as an ordinary user: it
# says and leaves the same as without bailiff, and nothing is reported. Then an attack.
# timeout: 90
. "$(dirname "$0")/../common/lib.sh"
. "$(dirname "$0")/../common/policies.sh"
enter_work
uring=EPERM # no rules of files

cat >session.sh <<'END'
set -e
apt-get --version | head -n 1
mkdir tree && cd tree
for i in 1 2 3; do seq "$i" 500 >"file $i"; done
ln -s "file 1" link && ln "file 2" hard && mkfifo pipe && touch -d @1000000000 old
cp -a "file 3" copy && mv copy moved && chmod 640 moved && chgrp "$(id -g)" moved && truncate -s 10 moved
setsid true && nice -n 1 true && timeout 5 sleep 0.1
cd ..
tar -czf tree.tar.gz tree && mkdir there && tar -C there -xzf tree.tar.gz && diff -r --no-dereference \
	--exclude pipe tree there/tree
find tree -type f -newermt 2001-01-01 | sort | xargs -d '\n' sha256sum | cut -c 1-64 | sort
sort -S 1M -T . tree/file* | uniq -c | awk '{ n += $1 } END { print n }'
(sleep 0.1; cat tree/file* >tree/pipe) & wc -l <tree/pipe; wait
dd if=/dev/zero of=zeros bs=64k count=4 conv=fsync 2>/dev/null && stat -c %s zeros && sync zeros
/usr/bin/python3 - <<'PYTHON'
import hashlib, os, socket, subprocess, tempfile, threading
server = socket.create_server(("127.0.0.1", 0))
threading.Thread(target=lambda: server.accept()[0].sendall(b"over TCP"), daemon=True).start()
print(socket.create_connection(server.getsockname()).recv(100).decode())
print(subprocess.run(["tr", "a-z", "A-Z"], input=b"child", capture_output=True).stdout.decode())
with tempfile.TemporaryDirectory(dir=".") as path:
    open(path + "/x", "w").write("x")
    print(sorted(os.listdir(path)), os.cpu_count() > 0)
PYTHON
if command -v git >/dev/null; then
	export HOME="$PWD" GIT_CONFIG_NOSYSTEM=1 GIT_AUTHOR_DATE=@1000000000 GIT_COMMITTER_DATE=@1000000000
	git init -q -b main repository && cd repository
	git config user.name tester && git config user.email tester@localhost
	cp ../tree/file* . && git add . && git commit -q -m first && echo more >>"file 1"
	git commit -q -a -m second && git checkout -q -b other HEAD~1 && git gc -q && git fsck 2>/dev/null
	git clone -q . ../clone && git log --format=%s main && git -C ../clone status --short
	git diff --stat main other
fi
END

one() { # one NAME USER
	own_dir "$work/$1-plain" "$2"
	own_dir "$work/$1-governed" "$2"
	cd "$work/$1-plain" || return
	as "$2" sh "$work/session.sh" >"$work/$1-plain.out" 2>&1 </dev/null
	expect "$1: without bailiff" 0 $?
	cd "$work/$1-governed" || return
	as "$2" "$BAILIFF" run -p ../policies/container-default.yaml --report ./report -- \
		sh "$work/session.sh" >"$work/$1-governed.out" 2>&1 </dev/null
	expect "$1: under bailiff" 0 $?
	cd "$work" || return
	if cmp -s "$1-plain.out" "$1-governed.out"; then
		pass "$1: the same output ($(wc -l <"$1-plain.out") lines)"
	else
		fail "$1: the same output" "$(diff "$1-plain.out" "$1-governed.out" | head -n 5 | tr '\n' ';')"
	fi
	expect_quiet "$1: nothing denied" "$1-governed/report"

	if [ ! -x bin/attack ]; then
		skip "$1: attack" "build/live/attack is not built"
		return
	fi
	as "$2" "$BAILIFF" run -p policies/container-default.yaml --report "$1-governed/attacks" -- \
		bin/attack io-uring unshare clone setns vsock keyctl add-key bpf perf userfault mount module \
		kexec handle personality x32 >tried 2>&1 </dev/null
	expect "$1: attack: the program's view" "io-uring EPERM
unshare EPERM
clone EPERM
setns EPERM
vsock EPERM
keyctl EPERM
add-key EPERM
bpf EPERM
perf EPERM
userfault EPERM
mount EPERM
module EPERM
kexec EPERM
handle EPERM
personality EPERM
x32 ENOSYS" "$(cat tried)"
	default='@ policies/container-default.yaml: default: deny'
	expect_violations "$1: attack: the report" "$1-governed/attacks" <<-END
		add_key 1 denied EPERM $default
		bpf 1 denied EPERM $default
		clone 1 denied EPERM $default
		init_module 1 denied EPERM $default
		io_uring_setup 1 denied EPERM $default
		kexec_load 1 denied EPERM $default
		keyctl 1 denied EPERM $default
		mount 1 denied EPERM $default
		open_by_handle_at 1 denied EPERM $default
		perf_event_open 1 denied EPERM $default
		personality 1 denied EPERM $default
		setns 1 denied EPERM $default
		socket 1 denied EPERM $default
		unshare 1 denied EPERM $default
		userfaultfd 1 denied EPERM $default
		getpid 1 denied ENOSYS @ policies/container-default.yaml: architectures: [x86_64]
	END
}

if [ -x "$BAILIFF_BUILD/live/attack" ]; then install -m 755 "$BAILIFF_BUILD/live/attack" bin/attack; fi
if is_root; then one root root; else skip root "it takes root"; fi
one user nobody
