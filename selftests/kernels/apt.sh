# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Packages without installing them, also from suites that this machine does not
# use: those get an apt state of their own inside the cache.

# Options that make apt use the source chosen last by apt_use().
apt_options=()

# Prints "URI CODENAME" of the archive that the machine's own apt uses.
apt_own_archive()
{
	apt-get indextargets --format '$(LABEL)|$(REPO_URI)|$(CODENAME)' \
		'Created-By: Packages' 'Component: main' 2>/dev/null |
		sed -n 's/^Debian|\([^|]*\)|\(.*\)$/\1 \2/p' | head -n 1
}

apt_write_suite()
{
	local suite=$1 dir=$2 uri trust=

	read -r uri _ < <(apt_own_archive) || return 1
	case $suite in
	*-security)
		uri=${uri%/}-security/
		;;
	sid)
		# Its index is short-lived; a machine whose clock is off rejects it.
		trust='[check-valid-until=no]'
		;;
	esac
	echo "deb $trust $uri $suite main" >"$dir/sources.list"
}

apt_private_state()
{
	local dir=$1

	mkdir -p "$dir/state/lists/partial" "$dir/cache/archives/partial"
	: >"$dir/status"
	apt_options+=(-o "Dir::State=$dir/state" -o "Dir::Cache=$dir/cache"
		-o "Dir::State::status=$dir/status" -o Acquire::Languages=none)
}

apt_update()
{
	local stamp=$1/updated

	[ -n "$(find "$stamp" -mmin -720 2>/dev/null)" ] && return 0
	say "reading the package index of $(basename "$1")"
	apt-get "${apt_options[@]}" -qq update >"$1/update.log" 2>&1
	# read to its end: a reader that leaves early makes apt-cache fail
	[ -n "$(apt-cache "${apt_options[@]}" pkgnames linux-)" ] || return 1
	touch "$stamp"
}

# own: as installed; fresh: own sources, index read anew; else a suite's name.
apt_use()
{
	local source=$1 dir=$cache/apt/$1

	apt_options=(-o APT::Sandbox::User=root)
	[ "$source" = own ] && return 0
	mkdir -p "$dir"
	apt_private_state "$dir"
	if [ "$source" != fresh ]; then
		apt_write_suite "$source" "$dir" || return 1
		apt_options+=(-o "Dir::Etc::SourceList=$dir/sources.list"
			-o Dir::Etc::SourceParts=/dev/null)
	fi
	locked "apt-$source" apt_update "$dir"
}

# Newest package whose name matches the extended regular expression $1 wholly.
apt_newest()
{
	local name

	apt-cache "${apt_options[@]}" pkgnames linux- | grep -Ex -- "$1" |
		sort -rV | while read -r name; do
		apt_version "$name" | grep -q . || continue
		echo "$name"
		break
	done | grep .
}

apt_version()
{
	apt-cache "${apt_options[@]}" show --no-all-versions "$1" 2>/dev/null |
		sed -n 's/^Version: //p'
}

# Direct dependencies of package $1 whose names match $2.
apt_depends()
{
	apt-cache "${apt_options[@]}" depends --no-recommends --no-suggests "$1" |
		sed -n 's/^  Depends: //p' | grep -Ex -- "$2"
}

# Downloads packages $2... into folder $1.
apt_download()
{
	local dir=$1

	shift
	say "downloading $*"
	mkdir -p "$dir" && (cd "$dir" &&
		apt-get "${apt_options[@]}" -qq download "$@" >&2)
}

# Downloads packages $2... and unpacks them below folder $1.
apt_unpack()
{
	local dir=$1 deb

	shift
	rm -rf "$dir.debs"
	apt_download "$dir.debs" "$@" || return 1
	mkdir -p "$dir"
	for deb in "$dir.debs"/*.deb; do
		dpkg-deb -x "$deb" "$dir" || return 1
	done
	rm -rf "$dir.debs"
}
