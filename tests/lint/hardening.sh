# The built files have what the hardening flags promise.
endpoint=awsmfa-endpoint
n=0
failed=0

skip_all() {
	echo "1..0 # SKIP $1"
	exit 0
}

point() { # FILE NAME COMMAND...
	n=$((n + 1))
	local file=$1 name=$2
	shift 2
	if "$@"; then
		echo "ok $n - $file: $name"
	else
		echo "not ok $n - $file: $name"
		failed=1
	fi
}

has() { # WHAT IN
	grep -q -- "$1" <<<"$2"
}

has_not() {
	! grep -q -- "$1" <<<"$2"
}

# libtool may leave a script of this name and the program in .libs
built() {
	local file
	for file in "$top_builddir/$(dirname "$1")/.libs/$(basename "$1")" \
	    "$top_builddir/$1"; do
		[ -f "$file" ] && { echo "$file"; return; }
	done
	return 1
}

check() { # NAME FUNCTION: of our own, in it
	local file dynamic segments symbols header
	file=$(built "$1") || { point "$1" "is built" false; return; }
	dynamic=$(readelf -dW "$file")
	segments=$(readelf -lW "$file")
	symbols=$(readelf -sW "$file")
	header=$(readelf -hW "$file")
	point "$1" "RELRO" has GNU_RELRO "$segments"
	point "$1" "BIND_NOW" has 'Flags:.*NOW' "$dynamic"
	point "$1" "position independent" has 'Type: *DYN' "$header"
	point "$1" "no segment is writable and executable" \
	    has_not ' RWE ' "$segments"
	point "$1" "the stack is not executable" \
	    has 'GNU_STACK.* RW ' "$segments"
	point "$1" "no relocation in the text" has_not TEXTREL "$dynamic"
	point "$1" "no path to look for libraries in" \
	    has_not 'R[UN]*PATH' "$dynamic"
	point "$1" "a stack protector" has __stack_chk_fail "$symbols"
	case $HARDENING in
	*_FORTIFY_SOURCE*)
		point "$1" "checked string functions" \
		    has '_chk@' "$symbols" ;;
	esac
	case $HARDENING in
	*-fcf-protection*)
		# The property note is the linker's, and needs a libc built
		# for it as well: the code is what counts here.
		point "$1" "control-flow protection" has endbr \
		    "$(objdump -d --no-show-raw-insn "--disassemble=$2" "$file")" ;;
	esac
}

[ -n "${HARDENING// /}" ] || skip_all "built with --disable-hardening"
check awsmfa main
check "$endpoint" main
check awsmfa-key main
module=$(built pam/pam_awsmfa.so) && module=pam/pam_awsmfa.so ||
    module=pam_awsmfa.so
check "$module" pam_sm_authenticate
for program in awsmfa "$endpoint" awsmfa-key; do
	file=$(built "$program") &&
	    point "$program" "PIE" has 'Flags:.*PIE' "$(readelf -dW "$file")"
done
echo "1..$n"
exit $failed
