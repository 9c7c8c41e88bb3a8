#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The examples work: every policy of examples/ is right and can be started, the demo finds what it
# looks for and can fail, and the image of examples/entrypoint/Dockerfile serves its page. The image is
# laid out as its COPY lines say and entered with chroot, for a build would need a registry.
# Run at the top of the repository.
. tests/common/lib.sh

place=$TMPDIR/examples
rm -rf "$place"
mkdir -p "$place"
cp -r examples "$place/examples"
chmod -R go-w "$place"

for policy in "$place"/examples/*.yaml "$place"/examples/*/*.yaml; do
	name=examples-$(basename "$(dirname "$policy")")-$(basename "$policy" .yaml)
	expect_status "$name-check" 0 "$BAILIFF" check "$policy"
	expect_status "$name-run" 0 "$BAILIFF" run --audit --partial -p "$policy" --report none -- true
done

# The demo, and whether it notices: a bailiff that enforces nothing, one that reports nothing.
if [ -x /usr/sbin/nginx ]; then
	expect_status examples-demo 0 env BAILIFF="$BAILIFF" bash examples/demo.sh
	cat >"$place/lax" <<END
#!/bin/sh
case \$1 in
run) shift; exec "$BAILIFF" run --audit --partial "\$@" ;;
*) exec "$BAILIFF" "\$@" ;;
esac
END
	cat >"$place/silent" <<END
#!/bin/sh
case \$1 in
run) "$BAILIFF" "\$@"; status=\$?; : >"\$5"; exit \$status ;;
*) exec "$BAILIFF" "\$@" ;;
esac
END
	chmod 755 "$place/lax" "$place/silent"
	expect_status examples-demo-notices-what-got-through 1 env BAILIFF="$place/lax" bash examples/demo.sh
	expect_status examples-demo-notices-a-lost-report 1 env BAILIFF="$place/silent" bash examples/demo.sh
else
	skip examples-demo "nginx is not installed"
fi

image() { # image ROOT: what the Dockerfile's last stage would hold
	sed -n '/^FROM scratch/,$s/^COPY //p' examples/entrypoint/Dockerfile | while read -r from to rest; do
		case $from in
		--from=busybox) from=/bin/busybox to=$rest ;;
		build/bailiff-static) from=$BAILIFF_STATIC ;;
		esac
		install -D "$from" "$1$to" || exit 1
	done
}
words() { # words INSTRUCTION: of its JSON array, a line each
	sed -n "s/^$1 //p" examples/entrypoint/Dockerfile |
		/usr/bin/python3 -c 'import json, sys; print("\n".join(json.load(sys.stdin)))'
}
fetch() { # fetch PORT: the page, or nothing, after 5 s at most
	/usr/bin/python3 - "$1" <<'END'
import sys, time, urllib.request

for _ in range(100):
    try:
        print(urllib.request.urlopen(f"http://127.0.0.1:{sys.argv[1]}/", timeout=5).read().decode())
        break
    except OSError:
        time.sleep(0.05)
END
}
if ! is_root; then
	skip examples-image "chroot needs root"
elif ! image "$place/root" 2>"$TMPDIR/err"; then
	fail examples-image "$(head -n 1 "$TMPDIR/err")"
else
	port=$(/usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])')
	# In a pid namespace of its own: bailiff is PID 1, as in a container.
	# shellcheck disable=SC2046 # no word has spaces
	unshare --pid --fork --kill-child chroot "$place/root" \
		$({ words ENTRYPOINT; words CMD; } | sed "s/^8080$/$port/") >"$TMPDIR/out" 2>&1 </dev/null &
	server=$!
	if fetch "$port" | grep -q 'Served under a policy'; then
		pass examples-image
	else
		fail examples-image "no page: $(head -n 3 "$TMPDIR/out" | tr '\n' ' ')"
	fi
	# unshare(1) does not heed SIGTERM; bailiff hands it on, and ends as its program does.
	status=0
	kill "$(ps -o pid= --ppid "$server" | tr -d ' ')" && wait "$server" || status=$?
	expect examples-image-ends-by-its-signal 143 "$status"
	kill -KILL "$server" 2>/dev/null
	expect examples-image-violates-nothing "" "$(grep -m 1 denied "$TMPDIR/out")"
fi
