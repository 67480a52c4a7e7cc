#include <csv.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "cli/token.h"
#include "otp/base32.h"

enum column { SERIAL_NUMBER, SEED_BASE32, SEED_HEX, ALGORITHM, DIGITS, PERIOD };

#define COLUMNS		6
#define BLOCK_SIZE	16384	/* of libcsv's buffer: hardly ever moved */

static const char *const column_names[COLUMNS] = {
	"serialnumber", "seedbase32", "seedhex", "algorithm", "digits", "period"
};

/* One file being read. */
struct reader {
	struct token_list	*list;
	struct mfa_error	*err;
	enum mfa_code		code;
	size_t			line;		/* on which the row began */
	bool			in_row;
	bool			has_header;
	enum column		columns[COLUMNS];
	size_t			width;		/* columns in the header */
	size_t			n;		/* fields in the row so far */
	bool			is_bad;		/* a field of it is no text */
	struct secret_text	fields[COLUMNS];
};

/* "Serial Number", "serial-number", "serial_number": "serialnumber". */
static bool
find_column(const char *name, enum column *ret)
{
	char plain[32];
	size_t i, n = 0;

	for (; *name != '\0' && n + 1 < sizeof(plain); name++)
		if (strchr(" -_", *name) == NULL)
			plain[n++] = (char)tolower((unsigned char)*name);
	plain[n] = '\0';
	for (i = 0; i < COLUMNS; i++) {
		if (strcmp(plain, column_names[i]) == 0) {
			*ret = (enum column)i;
			return true;
		}
	}
	return false;
}

static bool
has_column(const struct reader *r, enum column column)
{
	size_t i;

	for (i = 0; i < r->width; i++)
		if (r->columns[i] == column)
			return true;
	return false;
}

static enum mfa_code
refuse_header(const struct reader *r, const char *what, const char *name)
{
	return mfa_error_set(r->err, MFA_INVALID_INPUT, 0,
	    "line %zu: %s%s; the columns are serial_number, seed_base32 or "
	    "seed_hex, and optionally algorithm, digits, period",
	    r->line, what, name);
}

static enum mfa_code
read_header(struct reader *r)
{
	enum column column;
	size_t i;

	if (r->is_bad || r->n > COLUMNS)
		return refuse_header(r, "these are not column names", "");
	for (i = 0; i < r->n; i++) {
		if (!find_column(r->fields[i].text, &column))
			return refuse_header(r, "unknown column ",
			    r->fields[i].text);
		if (has_column(r, column))
			return refuse_header(r, "twice the column ",
			    r->fields[i].text);
		r->columns[r->width++] = column;
	}
	if (!has_column(r, SERIAL_NUMBER))
		return refuse_header(r, "there is no serial_number", "");
	if (has_column(r, SEED_BASE32) == has_column(r, SEED_HEX))
		return refuse_header(r, "one column of seeds is needed", "");
	r->has_header = true;
	return MFA_OK;
}

static bool
read_number(const char *text, unsigned *ret)
{
	uint64_t value;

	if (*text == '\0')
		return true;
	if (!text_parse_u64(text, &value) || value > UINT32_MAX)
		return false;
	*ret = (unsigned)value;
	return true;
}

static bool
read_hex(const char *text, struct secret *ret)
{
	size_t len = strlen(text) / 2;

	if (len > sizeof(ret->bytes) || !text_unhex(ret->bytes, len, text))
		return false;
	ret->len = len;
	return true;
}

static bool
read_base32(const char *text, struct secret *ret)
{
	struct mfa_error err;

	return base32_decode(text, strlen(text), ret, &err) == MFA_OK;
}

/* Puts FIELD into TOKEN; what is wrong with it, or NULL. */
static const char *
read_field(enum column column, const char *field, struct token *token)
{
	switch (column) {
	case SERIAL_NUMBER:
		if (strlen(field) > SERIAL_NUMBER_MAX)
			return "serial_number is too long";
		strcpy(token->serial, field);
		return NULL;
	case SEED_BASE32:
		return read_base32(field, &token->seed)
		    ? NULL
		    : "seed_base32 is not base32, or longer than 128 octets";
	case SEED_HEX:
		return read_hex(field, &token->seed)
		    ? NULL
		    : "seed_hex is not hexadecimal, or longer than 128 octets";
	case ALGORITHM:
		return *field == '\0' ||
			otp_algorithm_parse(field, &token->params.algorithm)
		    ? NULL
		    : "algorithm must be SHA1, SHA256 or SHA512";
	case DIGITS:
		return read_number(field, &token->params.digits)
		    ? NULL
		    : "digits is not a number";
	case PERIOD:
		return read_number(field, &token->params.period)
		    ? NULL
		    : "period is not a number";
	}
	return "unknown column";
}

static enum mfa_code
read_row(struct reader *r)
{
	struct token token = { .number = r->line,
		.params = { OTP_SHA1, OTP_DIGITS_DEFAULT,
		    OTP_PERIOD_DEFAULT } };
	const char *wrong = NULL;
	enum mfa_code code;
	size_t i;

	if (r->n != r->width)
		return token_list_refuse(r->list, r->line, r->err,
		    "it has %zu fields, the first line %zu", r->n, r->width);
	if (r->is_bad)
		return token_list_refuse(r->list, r->line, r->err,
		    "a field is too long, or has a NUL in it");
	for (i = 0; wrong == NULL && i < r->n; i++)
		wrong = read_field(r->columns[i], r->fields[i].text, &token);
	code = wrong != NULL
	    ? token_list_refuse(r->list, r->line, r->err, "%s", wrong)
	    : token_list_add(r->list, &token, r->err);
	explicit_bzero(&token, sizeof(token));
	return code;
}

static void
end_field(void *field, size_t len, void *ctx)
{
	struct reader *r = ctx;

	if (r->n < COLUMNS) {
		if (len >= SECRET_TEXT_SIZE ||
		    (len > 0 && memchr(field, '\0', len) != NULL))
			r->is_bad = true;
		else {
			if (len > 0)
				memcpy(r->fields[r->n].text, field, len);
			r->fields[r->n].text[len] = '\0';
		}
	}
	r->n++;
}

static void
end_row(int terminator, void *ctx)
{
	struct reader *r = ctx;

	(void)terminator;
	if (r->code == MFA_OK)
		r->code = r->has_header ? read_row(r) : read_header(r);
	explicit_bzero(r->fields, sizeof(r->fields));
	r->n = 0;
	r->is_bad = false;
	r->in_row = false;
}

static bool
is_blank(const char *line, size_t len)
{
	while (len > 0 && strchr(" \t\r\n", line[len - 1]) != NULL &&
	    line[len - 1] != '\0')
		len--;
	return len == 0;
}

/* Feeds the file line by line, so that each row knows where it began. */
static void
feed(struct reader *r, struct csv_parser *parser, const char *text, size_t len)
{
	size_t line, n;
	const char *end;

	for (line = 1; len > 0 && r->code == MFA_OK; line++) {
		end = memchr(text, '\n', len);
		n = end != NULL ? (size_t)(end - text) + 1 : len;
		if (!r->in_row && !is_blank(text, n)) {
			r->in_row = true;
			r->line = line;
		}
		if (r->in_row &&
		    csv_parse(parser, text, n, end_field, end_row, r) != n)
			r->code = token_list_refuse(r->list, line, r->err,
			    "%s; what follows was not read",
			    csv_strerror(csv_error(parser)));
		if (csv_error(parser) != CSV_SUCCESS)
			return;
		text += n;
		len -= n;
	}
	if (r->code != MFA_OK || csv_fini(parser, end_field, end_row, r) == 0)
		return;
	r->code = token_list_refuse(r->list, r->line, r->err,
	    "a quoted field does not end");
}

enum mfa_code
csv_read(const char *text, size_t len, struct token_list *list,
    struct mfa_error *err)
{
	struct reader r = { .list = list, .err = err };
	struct csv_parser parser;

	list->unit = "line";
	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
		text += 3;
		len -= 3;
	}
	if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI) != 0)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0, "libcsv");
	csv_set_blk_size(&parser, BLOCK_SIZE);
	feed(&r, &parser, text, len);
	if (parser.entry_buf != NULL)
		explicit_bzero(parser.entry_buf, parser.entry_size);
	csv_free(&parser);
	explicit_bzero(r.fields, sizeof(r.fields));
	if (r.code == MFA_OK && !r.has_header && list->faults_n == 0)
		return mfa_error_set(err, MFA_INVALID_INPUT, 0,
		    "the file is empty");
	return r.code;
}
