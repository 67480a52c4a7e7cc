# Each header compiles alone.
n=0
failed=0
cd "$top_srcdir" || exit 1
for header in src/*/*.h src/*/*/*.h pam/*.h; do
	[ -e "$header" ] || continue
	n=$((n + 1))
	# shellcheck disable=SC2086
	if said=$(${CC:-cc} $LINT_CPPFLAGS -D_GNU_SOURCE -Isrc -I. \
	    -std=gnu11 -Wall -Wextra -Werror -fsyntax-only -x c - 2>&1 \
	    <<<"#include \"${header#src/}\""); then
		echo "ok $n - $header compiles alone"
	else
		echo "not ok $n - $header compiles alone"
		sed 's/^/#  /' <<<"$said"
		failed=1
	fi
	n=$((n + 1))
	name=${header#src/}
	guard=$(tr 'a-z/.-' 'A-Z___' <<<"$name")
	if grep -qx "#ifndef $guard" "$header" &&
	    grep -qx "#define $guard" "$header"; then
		echo "ok $n - $header is guarded by $guard"
	else
		echo "not ok $n - $header is guarded by $guard"
		failed=1
	fi
done
echo "1..$n"
exit $failed
