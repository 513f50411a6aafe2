# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The kernel's own checkers, taken from its source package.

find_checkers()
{
	local found

	found=$("$root/selftests/kernels/get" scripts) || return 1
	eval "$found"
	export CHECKPATCH KERNELDOC
}

c_files()
{
	text_files | grep -E '^(module|uapi|tools|selftests)/.*\.[ch]$'
}

# Runs "$1 FILE" for files from stdin on every CPU. Findings are kept by the
# content of checker, file and exemptions: an unchanged file costs nothing.
each_file_once()
{
	local checker=$1 kept=$cache/$1

	mkdir -p "$kept"
	find "$kept" -type f -mtime +14 -delete
	export kept here checker
	declare -fx file_once "${checker?}"
	tr '\n' '\0' | xargs -0 -r -n 1 -P "$(nproc)" bash -c 'file_once "$1"' -
}

file_once()
{
	local file=$1 key

	key=$(echo "$file" | sha256sum - "$file" "$CHECKPATCH" "$KERNELDOC" \
		"$here/kernel.sh" "$here/exemptions" | sha256sum)
	key=$kept/${key%% *}
	if [ ! -e "$key" ]; then
		"$checker" "$file" >"$key.$$"
		mv "$key.$$" "$key"
	fi
	cat "$key"
}

# Prints the checkpatch types that the file is exempt from, by commas.
exempt_types()
{
	local file=$1 pattern types

	while read -r pattern types _; do
		case $pattern in
		'' | '#'*)
			continue
			;;
		esac
		# shellcheck disable=SC2053 # a pattern it is
		[[ $file == $pattern ]] && printf '%s,' "$types"
	done <"$here/exemptions"
}

checkpatch_file()
{
	local file=$1

	"$CHECKPATCH" --strict --no-tree --no-summary --terse --show-types \
		--ignore "$(exempt_types "$file")NONE" -f "$file" 2>&1 |
		grep -E '^[^ ]+:[0-9]+: |rror' || :
}

kernel_doc_file()
{
	# shellcheck disable=SC2086
	"$KERNELDOC" -none $kernel_doc_wall "$1" 2>&1 | grep -E 'warning|rror' || :
}

check_checkpatch()
{
	find_checkers || return 1
	export -f exempt_types
	c_files | each_file_once checkpatch_file
}

check_kernel_doc()
{
	find_checkers || return 1
	# Linux 6.1's has no such option
	kernel_doc_wall=$("$KERNELDOC" -h 2>&1 | grep -o -m 1 -e -Wall)
	export kernel_doc_wall
	c_files | grep '^module/' | each_file_once kernel_doc_file
}
