#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Programs as they come, moved to Twin by twin run: servers that fork, clients
# that poll, a static program, both ends on Twin or one of them on the kernel's
# stack.
# bed: stock debug
# timeout: 300

# shellcheck source=selftests/lib.sh
. "${0%/*}/../lib.sh"

here='' there=''
folder=$(mktemp -d)
server=10.0.0.2

prepare()
{
	setup_ns here there
	twin_insmod
	link_ns here there
	twin -n "$here" addr add 10.0.0.1/24 dev eth0 &&
		twin -n "$there" addr add 10.0.0.2/24 dev eth0
	ip -n "$here" addr add 10.0.0.3/24 dev eth0
	head -c 3000000 /dev/urandom >"$folder/data"
}

# As a service starts it: the first process returns when the others serve.
start_nginx()
{
	cat >"$folder/nginx.conf" <<-END
		user root;
		worker_processes 2;
		pid $folder/pid;
		error_log $folder/error.log;
		events { worker_connections 64; }
		http {
			access_log off;
			sendfile on;
			client_body_temp_path $folder;
			proxy_temp_path $folder;
			fastcgi_temp_path $folder;
			uwsgi_temp_path $folder;
			scgi_temp_path $folder;
			server { listen $server:80; root $folder; }
		}
	END
	in_ns "$there" twin run nginx -e "$folder/error.log" -c "$folder/nginx.conf"
}

# fetched NAME COMMAND...: the command writes the file to its standard output.
fetched()
{
	local name=$1
	shift

	in_ns "$here" "$@" >"$folder/got" 2>"$TWIN_OUT/log"
	check "$name gets the file" cmp "$folder/got" "$folder/data"
}

test_web()
{
	check "nginx starts as a daemon" start_nginx
	check "and listens on Twin" in_ns "$there" \
		grep -q '0200000A:0050 00000000:0000 0A' /proc/net/twin/tcp
	check_is "and not on the kernel's stack" \
		"$(in_ns "$there" ss -Hltn | wc -l)" 0
	fetched "curl under twin run" twin run curl -sS "http://$server/data"
	fetched "curl on the kernel's stack" curl -sS "http://$server/data"
	fetched "a static program" twin run busybox wget -q -O - "http://$server/data"
	fetched "python" twin run python3 -IS -c "
import sys, urllib.request
sys.stdout.buffer.write(urllib.request.urlopen('http://$server/data').read())"
	in_ns "$here" twin run curl -sS --parallel \
		--output "$folder/got#1" "http://$server/data?[1-8]" 2>"$TWIN_OUT/log"
	check_is "eight at once are all well" \
		"$(sha256sum "$folder"/got[1-8] | cut -d' ' -f1 | sort | uniq -c | awk '{ print $1 }')" 8
	check_fails "a port where nobody listens is refused" "refused|Couldn't connect" \
		in_ns "$here" twin run curl -sS "http://$server:81/"
}

supervisor_gone()
{
	! pgrep -f '^[^ ]*twin run nginx'
}

test_end()
{
	check "nginx can be told to stop" in_ns "$there" nginx -e "$folder/error.log" \
		-c "$folder/nginx.conf" -s quit
	check "and its supervisor goes with it" busywait supervisor_gone
}

# A server on Twin whose client is the kernel's, and one that writes back.
test_python_server()
{
	background in_ns "$there" twin run python3 -m http.server --bind "$server" \
		--directory "$folder" 8000
	wait_listening "$there" 8000
	fetched "curl, from python's server" curl -sS "http://$server:8000/data"
}

prepare
test_web
test_end
test_python_server
rm -rf "$folder"
tap_end
