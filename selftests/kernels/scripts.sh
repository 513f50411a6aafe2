# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The kernel's own style checkers, out of the source archive at hand.

scripts_wanted=(checkpatch.pl spelling.txt const_structs.checkpatch kernel-doc)

scripts_archive()
{
	local archive version

	for archive in "$cache"/source-*/usr/src/linux-source-*.tar.xz \
		/usr/src/linux-source-*.tar.xz; do
		[ -e "$archive" ] && echo "$archive" && return
	done
	version=$(uml_default_version) &&
		locked "source-$version" uml_archive "$version"
}

# From 6.19 on kernel-doc is Python with a library of its own: not taken.
scripts_extract()
{
	local archive=$1 dir=$2 top

	say "taking checkpatch and kernel-doc from $(basename "$archive")"
	top=$(basename "$archive" .tar.xz)
	rm -rf "$dir"
	mkdir -p "$dir"
	tar -xJf "$archive" -C "$dir" --strip-components=1 \
		"${scripts_wanted[@]/#/$top/scripts/}"
}

# The release's newest kbuild package is small and may have a newer kernel-doc.
scripts_kerneldoc()
{
	local dir=$1 package found

	apt_use own
	package=$(apt_newest 'linux-kbuild-6[.][0-9].*') &&
		apt_unpack "$dir/kbuild" "$package" || return
	found=$(find "$dir/kbuild" -name kernel-doc -type f | head -n 1)
	[ -n "$found" ] && echo "$found"
}

scripts_make()
{
	local dir=$1 archive kerneldoc

	[ -e "$dir/env" ] && return
	archive=$(scripts_archive) && scripts_extract "$archive" "$dir" ||
		die "no kernel source to take checkpatch from"
	kerneldoc=$(scripts_kerneldoc "$dir") ||
		kerneldoc=$dir/scripts/kernel-doc
	assignments "CHECKPATCH=$dir/scripts/checkpatch.pl" \
		"KERNELDOC=$kerneldoc" | finish "$dir"
}

scripts_get()
{
	local dir=$cache/scripts

	locked scripts scripts_make "$dir" && cat "$dir/env"
}
