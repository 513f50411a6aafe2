# SPDX-License-Identifier: GPL-2.0
# Judges one test's TAP. Prints "PASSED FAILED SKIPPED" and then one line for
# each thing that went wrong. Set status= to the program's exit status.

function wrong(what)
{
	failed++
	complaint[++complaints] = what
}

/^ok([ \t]|$)/ {
	seen++
	if (toupper($0) ~ /# *(SKIP|XFAIL)/)
		skipped++
	else
		passed++
	next
}

/^not ok([ \t]|$)/ {
	seen++
	wrong($0)
	next
}

/^1\.\.[0-9]+/ {
	plan = substr($1, 4) + 0
	planned = 1
	if (plan == 0 && toupper($0) ~ /SKIP/)
		skipped++
	next
}

/^Bail out!/ {
	wrong($0)
}

END {
	if (status == 124 || status == 137)
		wrong("time limit reached after " seen + 0 " points")
	else if (!planned)
		wrong("no plan was printed, exit status " status)
	else if (plan != seen)
		wrong("planned " plan " points, saw " seen + 0)
	else if (plan == 0 && !skipped)
		wrong("no point was planned, nor said to be skipped")
	else if (status != 0 && status != 4 && !failed)
		wrong("exit status " status)
	print passed + 0, failed + 0, skipped + 0
	for (i = 1; i <= complaints; i++)
		print complaint[i]
}
