#include <dlfcn.h>
#include <qrencode.h>
#include <stdbool.h>
#include <string.h>

#include "endpoint/qr.h"
#include "wire/frame.h"

#define LIBRARY	   "libqrencode.so.4"
#define QUIET_ZONE 2 /* modules of margin; the terminal has its own */
#define BLOCK_MAX  4 /* octets of one character */

/* A library for one code; what is called are its functions' addresses. */
struct qr {
	void *library;
	QRcode *(*encode)(const char *text, int version, QRecLevel level);
	void (*free)(QRcode *code);
	QRcode *code;
};

/* Lines that are shown together, as many as one message takes. */
struct lines {
	const struct person *person;
	struct secret_text text;
	size_t len;
};

static void
qr_clear(struct qr *qr)
{
	if (qr->code != NULL) {
		explicit_bzero(qr->code->data,
		    (size_t)qr->code->width * (size_t)qr->code->width);
		qr->free(qr->code);
	}
	if (qr->library != NULL)
		(void)dlclose(qr->library);
}

static bool
qr_load(struct qr *qr)
{
	const struct {
		const char *name;
		void *slot;
	} symbols[] = {
		{ "QRcode_encodeString8bit", &qr->encode },
		{ "QRcode_free", &qr->free },
	};
	void *symbol;
	size_t i;

	qr->library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
	if (qr->library == NULL)
		return false;
	for (i = 0; i < sizeof(symbols) / sizeof(symbols[0]); i++) {
		symbol = dlsym(qr->library, symbols[i].name);
		if (symbol == NULL)
			return false;
		memcpy(symbols[i].slot, &symbol, sizeof(symbol));
	}
	return true;
}

/* Is the module at column X and row Y light? So is all around the code. */
static bool
is_light(const QRcode *code, int x, int y)
{
	if (x < 0 || y < 0 || x >= code->width || y >= code->width)
		return true;
	return (code->data[y * code->width + x] & 1) == 0;
}

static enum mfa_code
flush(struct lines *lines, struct mfa_error *err)
{
	enum mfa_code code;

	if (lines->len == 0)
		return MFA_OK;
	lines->text.text[lines->len] = '\0';
	code = lines->person->show(lines->person->ctx, lines->text.text, err);
	lines->len = 0;
	return code;
}

static void
add(struct lines *lines, const char *text)
{
	size_t len = strlen(text);

	memcpy(lines->text.text + lines->len, text, len);
	lines->len += len;
}

/* Rows Y and Y + 1, the upper and the lower half of each character. */
static enum mfa_code
add_rows(struct lines *lines, const QRcode *code, int y, struct mfa_error *err)
{
	static const char *const halves[] = { " ", "▄", "▀", "█" };
	size_t most = (size_t)(code->width + 2 * QUIET_ZONE) * BLOCK_MAX + 1;
	enum mfa_code result;
	int x;

	if (most > WIRE_STRING_MAX)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "the QR code is too wide to be shown");
	if (lines->len + most > WIRE_STRING_MAX &&
	    (result = flush(lines, err)) != MFA_OK)
		return result;
	if (lines->len > 0)
		add(lines, "\n");
	for (x = -QUIET_ZONE; x < code->width + QUIET_ZONE; x++)
		add(lines,
		    halves[is_light(code, x, y) * 2 +
			is_light(code, x, y + 1)]);
	return MFA_OK;
}

static void
lines_wipe(struct lines *lines)
{
	secret_text_wipe(&lines->text);
}

enum mfa_code
qr_show(const struct person *person, const struct secret_text *text,
    struct mfa_error *err)
{
	_cleanup_(lines_wipe) struct lines lines = { .person = person };
	_cleanup_(qr_clear) struct qr qr = { .library = NULL };
	enum mfa_code code;
	int y;

	if (!qr_load(&qr))
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    LIBRARY " can't be loaded");
	qr.code = qr.encode(text->text, 0, QR_ECLEVEL_L);
	if (qr.code == NULL)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "too long for a QR code");
	for (y = -QUIET_ZONE; y < qr.code->width + QUIET_ZONE; y += 2) {
		code = add_rows(&lines, qr.code, y, err);
		if (code != MFA_OK)
			return code;
	}
	return flush(&lines, err);
}
