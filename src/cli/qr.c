#include <errno.h>
#include <langinfo.h>
#include <png.h>
#include <qrencode.h>
#include <stdlib.h>
#include <string.h>

#include "cli/qr.h"

/* Of the 256 colours, those that no theme changes. */
#define BLACK		"\033[38;5;16m"
#define ON_BLACK	"\033[48;5;16m"
#define ON_WHITE	"\033[48;5;231m"
#define COLOURS_OFF	"\033[0m"

static void
qr_freep(QRcode **code)
{
	if (*code == NULL)
		return;
	explicit_bzero((*code)->data,
	    (size_t)(*code)->width * (size_t)(*code)->width);
	QRcode_free(*code);
}

static enum mfa_code
encode(const struct secret_text *uri, QRcode **ret, struct mfa_error *err)
{
	QRcode *code;

	code = QRcode_encodeString8bit(uri->text, 0, QR_ECLEVEL_L);
	if (code == NULL && errno == ERANGE)
		return mfa_error_set(err, MFA_INVALID_INPUT, 0,
		    "too long for a QR code");
	if (code == NULL)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, errno,
		    "libqrencode");
	*ret = code;
	return MFA_OK;
}

/* Is the module at column X and row Y black? Outside lies the quiet zone. */
static bool
is_black(const QRcode *code, int x, int y)
{
	if (x < 0 || y < 0 || x >= code->width || y >= code->width)
		return false;
	return (code->data[y * code->width + x] & 1) != 0;
}

enum qr_style
qr_style_of(const char *term)
{
	if (term == NULL || *term == '\0' || strcmp(term, "dumb") == 0)
		return QR_PLAIN;
	if (strcmp(nl_langinfo(CODESET), "UTF-8") == 0)
		return QR_BLOCKS;
	return QR_SPACES;
}

/* Two rows of modules at once: the upper and lower half of each character. */
static void
print_half_blocks(FILE *out, const QRcode *code, int y)
{
	static const char *const halves[] = { " ", "▄", "▀", "█" };
	int x;

	fputs(BLACK ON_WHITE, out);
	for (x = -QR_QUIET_ZONE; x < code->width + QR_QUIET_ZONE; x++)
		fputs(halves[is_black(code, x, y) * 2 +
			  is_black(code, x, y + 1)],
		    out);
	fputs(COLOURS_OFF "\n", out);
}

static void
print_spaces(FILE *out, const QRcode *code, int y)
{
	bool black, was = true;
	int x;

	for (x = -QR_QUIET_ZONE; x < code->width + QR_QUIET_ZONE; x++) {
		black = is_black(code, x, y);
		if (black != was)
			fputs(black ? ON_BLACK : ON_WHITE, out);
		fputs("  ", out);
		was = black;
	}
	fputs(COLOURS_OFF "\n", out);
}

static void
print_plain(FILE *out, const QRcode *code, int y)
{
	int x;

	for (x = -QR_QUIET_ZONE; x < code->width + QR_QUIET_ZONE; x++)
		fputs(is_black(code, x, y) ? "##" : "  ", out);
	fputc('\n', out);
}

enum mfa_code
qr_print_text(FILE *out, const struct secret_text *uri, enum qr_style style,
    struct mfa_error *err)
{
	_cleanup_(qr_freep) QRcode *qr = NULL;
	enum mfa_code code;
	int y;

	if ((code = encode(uri, &qr, err)) != MFA_OK)
		return code;
	y = -QR_QUIET_ZONE;
	for (; y < qr->width + QR_QUIET_ZONE; y += style == QR_BLOCKS ? 2 : 1) {
		switch (style) {
		case QR_BLOCKS:
			print_half_blocks(out, qr, y);
			break;
		case QR_SPACES:
			print_spaces(out, qr, y);
			break;
		case QR_PLAIN:
			print_plain(out, qr, y);
			break;
		}
	}
	return MFA_OK;
}

enum mfa_code
qr_print_svg(FILE *out, const struct secret_text *uri, struct mfa_error *err)
{
	_cleanup_(qr_freep) QRcode *qr = NULL;
	int x, y, size;
	enum mfa_code code;

	if ((code = encode(uri, &qr, err)) != MFA_OK)
		return code;
	size = qr->width + 2 * QR_QUIET_ZONE;
	fprintf(out,
	    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	    "<svg xmlns=\"http://www.w3.org/2000/svg\" version=\"1.1\" "
	    "width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" "
	    "shape-rendering=\"crispEdges\">\n"
	    "<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>\n<path d=\"",
	    size * QR_PNG_SCALE, size * QR_PNG_SCALE, size, size, size, size);
	for (y = 0; y < qr->width; y++)
		for (x = 0; x < qr->width; x++)
			if (is_black(qr, x, y))
				fprintf(out, "M%d %dh1v1h-1z",
				    x + QR_QUIET_ZONE, y + QR_QUIET_ZONE);
	fputs("\" fill=\"#000\"/>\n</svg>\n", out);
	return MFA_OK;
}

/* The picture as one octet a pixel, for libpng; the caller's. */
static png_bytep
draw(const QRcode *qr, png_uint_32 *ret_size)
{
	size_t size = (size_t)(qr->width + 2 * QR_QUIET_ZONE) * QR_PNG_SCALE;
	size_t row, column;
	png_bytep pixels;

	if ((pixels = malloc(size * size)) == NULL)
		return NULL;
	for (row = 0; row < size; row++)
		for (column = 0; column < size; column++)
			pixels[row * size + column] =
			    is_black(qr,
				(int)(column / QR_PNG_SCALE) - QR_QUIET_ZONE,
				(int)(row / QR_PNG_SCALE) - QR_QUIET_ZONE)
			    ? 0
			    : 255;
	*ret_size = (png_uint_32)size;
	return pixels;
}

enum mfa_code
qr_print_png(FILE *out, const struct secret_text *uri, struct mfa_error *err)
{
	_cleanup_(qr_freep) QRcode *qr = NULL;
	_cleanup_(freep) png_bytep pixels = NULL;
	png_image image = { .version = PNG_IMAGE_VERSION };
	enum mfa_code code;
	int written;

	if ((code = encode(uri, &qr, err)) != MFA_OK)
		return code;
	if ((pixels = draw(qr, &image.width)) == NULL)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "out of memory");
	image.height = image.width;
	image.format = PNG_FORMAT_GRAY;
	written = png_image_write_to_stdio(&image, out, 0, pixels, 0, NULL);
	explicit_bzero(pixels, (size_t)image.width * image.width);
	if (!written)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0, "libpng: %s",
		    image.message);
	return MFA_OK;
}
