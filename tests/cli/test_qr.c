#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <locale.h>
#include <qrencode.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/qr.h"

static const struct secret_text uri = {
	"otpauth://totp/bastion:alice?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
	"&issuer=bastion"
};

typedef enum mfa_code printer(FILE *, const struct secret_text *,
    struct mfa_error *);

/* What zbarimg reads in the picture; the test is skipped without it. */
static void
assert_scans(printer *print, const char *suffix)
{
	char path[64], command[256], line[512] = "";
	struct mfa_error err;
	FILE *file;
	int fd;

	if (access("/usr/bin/zbarimg", X_OK) != 0)
		skip();
	snprintf(path, sizeof(path), "/tmp/test_qr.XXXXXX%s", suffix);
	fd = mkstemps(path, (int)strlen(suffix));
	assert_true(fd >= 0);
	file = fdopen(fd, "w");
	assert_int_equal(print(file, &uri, &err), MFA_OK);
	fclose(file);
	snprintf(command, sizeof(command),
	    "/usr/bin/zbarimg --quiet --raw %s 2>/dev/null", path);
	file = popen(command, "r");
	assert_non_null(file);
	assert_non_null(fgets(line, sizeof(line), file));
	pclose(file);
	unlink(path);
	line[strcspn(line, "\n")] = '\0';
	assert_string_equal(line, uri.text);
}

static void
the_png_scans_as_the_uri(void **state)
{
	(void)state;
	assert_scans(qr_print_png, ".png");
}

static bool
is_black(const QRcode *code, int x, int y)
{
	x -= QR_QUIET_ZONE;
	y -= QR_QUIET_ZONE;
	return x >= 0 && y >= 0 && x < code->width && y < code->width &&
	    (code->data[y * code->width + x] & 1) != 0;
}

static QRcode *
encode(void)
{
	QRcode *code = QRcode_encodeString8bit(uri.text, 0, QR_ECLEVEL_L);

	assert_non_null(code);
	return code;
}

static char *
print_text(enum qr_style style)
{
	struct mfa_error err;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_int_equal(qr_print_text(out, &uri, style, &err), MFA_OK);
	fclose(out);
	return text;
}

static void
plain_text_has_every_module_and_the_quiet_zone(void **state)
{
	char *text = print_text(QR_PLAIN), *at = text;
	QRcode *code = encode();
	int x, y, size = code->width + 2 * QR_QUIET_ZONE;

	(void)state;
	for (y = 0; y < size; y++) {
		for (x = 0; x < size; x++, at += 2)
			assert_memory_equal(at,
			    is_black(code, x, y) ? "##" : "  ", 2);
		assert_int_equal(*at++, '\n');
	}
	assert_int_equal(*at, '\0');
	QRcode_free(code);
	free(text);
}

static void
half_blocks_have_every_module_and_the_quiet_zone(void **state)
{
	static const char *const halves[] = { " ", "\xe2\x96\x84",
		"\xe2\x96\x80", "\xe2\x96\x88" };
	char *text = print_text(QR_BLOCKS), *at = text;
	QRcode *code = encode();
	int x, y, size = code->width + 2 * QR_QUIET_ZONE;
	const char *half;

	(void)state;
	for (y = 0; y < size; y += 2) {
		assert_memory_equal(at, "\033[38;5;16m\033[48;5;231m", 21);
		for (at += 21, x = 0; x < size; x++, at += strlen(half)) {
			half = halves[is_black(code, x, y) * 2 +
			    is_black(code, x, y + 1)];
			assert_memory_equal(at, half, strlen(half));
		}
		assert_memory_equal(at, "\033[0m\n", 5);
		at += 5;
	}
	assert_int_equal(*at, '\0');
	QRcode_free(code);
	free(text);
}

static void
spaces_are_coloured_where_there_are_no_blocks(void **state)
{
	char *text = print_text(QR_SPACES), *at;

	(void)state;
	for (at = text; *at != '\0'; at++)
		assert_true((unsigned char)*at < 0x80);
	assert_non_null(strstr(text, "\033[48;5;16m  "));
	assert_non_null(strstr(text, "\033[48;5;231m  "));
	assert_null(strchr(text, '#'));
	free(text);
}

static void
the_svg_has_each_black_module_once(void **state)
{
	struct mfa_error err;
	char *text = NULL, module[32], *at;
	QRcode *code = encode();
	int x, y, black = 0, drawn = 0;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	assert_int_equal(qr_print_svg(out, &uri, &err), MFA_OK);
	fclose(out);
	for (y = 0; y < code->width + 8; y++) {
		for (x = 0; x < code->width + 8; x++) {
			snprintf(module, sizeof(module), "M%d %dh1", x, y);
			assert_int_equal(strstr(text, module) != NULL,
			    is_black(code, x, y));
			black += is_black(code, x, y);
		}
	}
	for (at = text; (at = strstr(at, "h1v1")) != NULL; at++)
		drawn++;
	assert_int_equal(drawn, black);
	QRcode_free(code);
	free(text);
}

static void
the_terminal_decides_the_style(void **state)
{
	(void)state;
	assert_int_equal(qr_style_of(NULL), QR_PLAIN);
	assert_int_equal(qr_style_of("dumb"), QR_PLAIN);
	assert_non_null(setlocale(LC_CTYPE, "C"));
	assert_int_equal(qr_style_of("xterm"), QR_SPACES);
	if (setlocale(LC_CTYPE, "C.UTF-8") != NULL)
		assert_int_equal(qr_style_of("xterm"), QR_BLOCKS);
}

static void
the_longest_text_fits(void **state)
{
	struct secret_text longest = { "" };
	struct mfa_error err;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	memset(longest.text, 'x', SECRET_TEXT_SIZE - 1);
	assert_int_equal(qr_print_text(out, &longest, QR_PLAIN, &err), MFA_OK);
	fclose(out);
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_png_scans_as_the_uri),
		cmocka_unit_test(
		    plain_text_has_every_module_and_the_quiet_zone),
		cmocka_unit_test(
		    half_blocks_have_every_module_and_the_quiet_zone),
		cmocka_unit_test(
		    spaces_are_coloured_where_there_are_no_blocks),
		cmocka_unit_test(the_svg_has_each_black_module_once),
		cmocka_unit_test(the_terminal_decides_the_style),
		cmocka_unit_test(the_longest_text_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
