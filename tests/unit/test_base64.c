#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "fido/base64.h"

static void
vectors_of_rfc_4648(void **state)
{
	static const char *const vectors[][2] = {
		{ "", "" }, { "f", "Zg==" }, { "fo", "Zm8=" },
		{ "foo", "Zm9v" }, { "foob", "Zm9vYg==" },
		{ "fooba", "Zm9vYmE=" }, { "foobar", "Zm9vYmFy" },
		{ "\xfb\xff\xbf", "+/+/" },
	};
	char text[BASE64_SIZE(8)];
	uint8_t octets[8];
	size_t i, len;

	(void)state;
	for (i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		base64_encode(vectors[i][0], strlen(vectors[i][0]), text);
		assert_string_equal(text, vectors[i][1]);
		assert_int_equal(strlen(text) + 1,
		    BASE64_SIZE(strlen(vectors[i][0])));
		assert_true(base64_decode(text, octets, sizeof(octets), &len));
		assert_int_equal(len, strlen(vectors[i][0]));
		assert_memory_equal(octets, vectors[i][0], len);
	}
}

static void
every_length_is_read_back_where_it_fits_and_only_there(void **state)
{
	uint8_t in[70];
	char text[BASE64_SIZE(sizeof(in))];
	size_t n, i, len;

	(void)state;
	for (i = 0; i < sizeof(in); i++)
		in[i] = (uint8_t)(i * 37 + 11);
	for (n = 1; n <= sizeof(in); n++) {
		/* Of its own, so that a sanitizer sees one octet too many. */
		uint8_t *out = malloc(n), *less = malloc(n);

		assert_non_null(out);
		assert_non_null(less);
		base64_encode(in, n, text);
		assert_true(base64_decode(text, out, n, &len));
		assert_int_equal(len, n);
		assert_memory_equal(in, out, n);
		memset(less, 0xee, n);
		len = 77;
		assert_false(base64_decode(text, less, n - 1, &len));
		assert_int_equal(len, 77);
		for (i = 0; i < n; i++)
			assert_int_equal(less[i], 0xee);
		free(out);
		free(less);
	}
}

static void
what_no_encoder_writes_is_refused(void **state)
{
	static const char *const bad[] = {
		"Z", "Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "Zm8", "====",
		"Z===", "=Zg=", "Zg==Zg==", "Zm=v", " Zg==", "Zg== ", "Zg==\n",
		"Zm9v\n", "Z m9v", "Zm9-", "Zm9_", "Zm9vZm9\x80", "Zm9v====",
		"Zm9v Zm9v", "Zm9vZg=v", "----", "    ", "Zm9v\nm9v",
		"Zm9vZm\n=", "\nZm9vZm9", "Zm9v=m9v",
	};
	uint8_t octets[16];
	size_t i, len = 77;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (base64_decode(bad[i], octets, sizeof(octets), &len))
			fail_msg("\"%s\" is taken", bad[i]);
		assert_int_equal(len, 77);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vectors_of_rfc_4648),
		cmocka_unit_test(
		    every_length_is_read_back_where_it_fits_and_only_there),
		cmocka_unit_test(what_no_encoder_writes_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
