# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Checks that only read the text.

# What belongs to the repository: tracked, or new and not ignored.
repository_files()
{
	if git -C "$root" rev-parse --git-dir >/dev/null 2>&1; then
		git ls-files -co --exclude-standard | while read -r file; do
			[ -f "$file" ] && echo "$file"
		done
	else
		find . -name .git -prune -o -type f -printf '%P\n'
	fi
}

text_files()
{
	repository_files | tr '\n' '\0' | xargs -0 -r grep -lI '' --
}

shell_files()
{
	local file first

	text_files | while read -r file; do
		case $file in
		*.c | *.h | *.py | *.md)
			continue
			;;
		esac
		read -r first <"$file"
		[[ $file == *.sh || $first =~ ^'#!'.*(ba|/)sh ]] && echo "$file"
	done
}

need()
{
	command -v "$1" >/dev/null && return
	echo "$1 is not installed"
	return 1
}

check_edges()
{
	"$here/edges"
}

check_names()
{
	"$here/functions" names
}

check_documented()
{
	"$here/functions" documented
}

check_lengths()
{
	"$here/functions" lengths
}

# Every program says under which licence it is.
check_licence()
{
	text_files | grep -vE '^(LICENSE|COPYING)$' | while read -r file; do
		[[ $file =~ \.([chS]|sh|py|mk)$|(^|/)(Makefile|Kbuild)$ ]] ||
			[ "$(head -c 2 "$file")" = '#!' ] || continue
		head -n 3 "$file" | grep -q 'SPDX-License-Identifier: GPL-2.0' ||
			echo "$file:1: no SPDX-License-Identifier: GPL-2.0"
	done
}

# Nothing may hold on one machine only: its users' folders, its mirrors.
check_paths()
{
	local folders='(home|root|Users|[w]ork|workspace|builds)'

	text_files | grep -v '^LICENSE$' | tr '\n' '\0' | xargs -0 -r grep -nHE \
		-e "(^|[^[:alnum:]_.\$}*-])/$folders/[[:alnum:]._]" \
		-e '/[t]mp/brief' -e '\.[l]ibrary' -e '\.\./[s]hared/' \
		-e '[d]eb\.debian\.org|[f]tp\.[a-z.]*debian|[m]irror[a-z]*\.[a-z]+/' \
		-- || :
}

check_notes()
{
	text_files | tr '\n' '\0' |
		xargs -0 -r grep -nHwE '[T]ODO|[F]IXME|[X]XX' -- || :
}

# What the mutants take out must be there to be taken out.
check_mutants()
{
	{ "$root/selftests/mutants/run" --list >/dev/null; } 2>&1 || :
}

# words holds what is spelt as it should be.
check_codespell()
{
	need codespell || return 1
	text_files | grep -vE '^LICENSE$|\.(pcap|pkt)$' | tr '\n' '\0' |
		xargs -0 -r codespell --ignore-words "$here/words" || :
}

# The manual pages as a reader gets them, and everything that troff minds.
check_man()
{
	local page

	need man >&2 || return 77
	for page in Documentation/man/*.[1-9]; do
		{ MANWIDTH=80 LC_ALL=C.UTF-8 man --warnings -E UTF-8 -l -Tutf8 \
			-Z "$page" >/dev/null; } 2>&1
	done
	return 0
}

# A file that others read in shares its variables with them: whether those are
# set and used (SC2034, SC2154) shows only in the programs.
check_shellcheck()
{
	local file options

	need shellcheck >&2 || return 77
	shell_files | while read -r file; do
		options=-x
		[ -x "$file" ] || options=-eSC2034,SC2154
		shellcheck -P SCRIPTDIR -S warning -f gcc -e SC1090 \
			"$options" "$file"
	done
	return 0
}
