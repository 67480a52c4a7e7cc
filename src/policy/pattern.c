#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "policy/keys.h"
#include "policy/pattern.h"

/* The next piece, of MAX that there is room for. */
static struct piece *
add_piece(struct pattern *pattern, size_t *max)
{
	struct piece *grown;
	size_t wanted;

	if (pattern->count == *max) {
		wanted = *max == 0 ? 4 : *max * 2;
		grown = reallocarray(pattern->pieces, wanted, sizeof(*grown));
		if (grown == NULL)
			return NULL;
		pattern->pieces = grown;
		*max = wanted;
	}
	grown = &pattern->pieces[pattern->count++];
	*grown = (struct piece){ .kind = PIECE_TEXT };
	return grown;
}

/*
 * "KEY, 'default'": ends the name and the default where they end. The text is
 * the inside of a variable, with a NUL in place of its "}".
 */
static enum mfa_code
read_key(struct reader *reader, char *inside, struct piece *piece)
{
	char *comma = strchr(inside, ','), *start;
	size_t len;

	piece->kind = PIECE_KEY;
	piece->text = inside;
	if (comma != NULL) {
		*comma = '\0';
		start = comma + 1 + strspn(comma + 1, " ");
		len = strlen(start);
		if (len < 2 || start[0] != '\'' || start[len - 1] != '\'')
			return reader_refuse(reader,
			    "the default of ${%.40s} is not in single quotes",
			    inside);
		start[len - 1] = '\0';
		piece->fallback = start + 1;
	}
	return key_check(reader, inside, true);
}

/* The variable at *AT ("${"), which is moved behind it. */
static enum mfa_code
read_variable(struct reader *reader, char **at, struct piece *piece)
{
	char *inside = *at + 2, *end = strchr(inside, '}');

	if (end == NULL)
		return reader_refuse(reader, "a variable has no \"}\"");
	*at = end + 1;
	if (end - inside == 1 && strchr("*?$", inside[0]) != NULL) {
		piece->text = inside;
		piece->len = 1;
		return MFA_OK;
	}
	*end = '\0';
	return read_key(reader, inside, piece);
}

static size_t
plain_length(const char *s, bool wild)
{
	size_t n = 0;

	while (s[n] != '\0' && !(s[n] == '$' && s[n + 1] == '{') &&
	    !(wild && (s[n] == '*' || s[n] == '?')))
		n++;
	return n;
}

static enum mfa_code
read_pieces(struct reader *reader, bool wild, struct pattern *pattern)
{
	enum mfa_code code = MFA_OK;
	char *at = pattern->text;
	struct piece *piece;
	size_t max = 0;

	while (*at != '\0' && code == MFA_OK) {
		if ((piece = add_piece(pattern, &max)) == NULL)
			return reader_no_memory(reader);
		if ((piece->len = plain_length(at, wild)) > 0) {
			piece->text = at;
			at += piece->len;
		} else if (*at == '$') {
			code = read_variable(reader, &at, piece);
		} else {
			piece->kind = *at++ == '*' ? PIECE_ANY : PIECE_ONE;
		}
	}
	return code;
}

enum mfa_code
pattern_read(struct reader *reader, const char *text, size_t len, bool wild,
    struct pattern *ret)
{
	_cleanup_(pattern_clear) struct pattern pattern = { 0 };
	enum mfa_code code;

	if ((pattern.text = strndup(text, len)) == NULL)
		return reader_no_memory(reader);
	if ((code = read_pieces(reader, wild, &pattern)) != MFA_OK)
		return code;
	*ret = pattern; /* transferred */
	pattern = (struct pattern){ 0 };
	return MFA_OK;
}

void
pattern_clear(struct pattern *pattern)
{
	free(pattern->text);
	free(pattern->pieces);
	*pattern = (struct pattern){ 0 };
}

void
patterns_clear(struct patterns *patterns)
{
	while (patterns->count > 0)
		pattern_clear(&patterns->list[--patterns->count]);
	free(patterns->list);
	patterns->list = NULL;
}

/* What PIECE stands for; NULL for a variable whose key is absent. */
static const char *
piece_text(const struct piece *piece, const struct policy_request *request,
    size_t *ret_len)
{
	const struct policy_key *key;
	const char *text = piece->fallback;

	if (piece->kind == PIECE_TEXT) {
		*ret_len = piece->len;
		return piece->text;
	}
	key = key_find(request, piece->text);
	if (key != NULL)
		text = key->count == 1 ? key->values[0] : NULL;
	if (text != NULL)
		*ret_len = strlen(text);
	return text;
}

/* Octets of the character that S starts with; one where it is not UTF-8. */
static size_t
character_length(const char *s, size_t len)
{
	size_t n = 1;

	if (((unsigned char)s[0] & 0xc0) == 0xc0) {
		while (n < len && n < 4 && ((unsigned char)s[n] & 0xc0) == 0x80)
			n++;
	}
	return n;
}

/* Does S begin with what PIECE, which is no "*", stands for? Its length. */
static bool
piece_begins(const struct piece *piece, bool ignore_case,
    const struct policy_request *request, const char *s, size_t len,
    size_t *ret_len)
{
	const char *text;
	size_t n;

	if (piece->kind == PIECE_ONE) {
		if (len == 0)
			return false;
		*ret_len = character_length(s, len);
		return true;
	}
	text = piece_text(piece, request, &n);
	if (text == NULL || n > len)
		return false;
	if (ignore_case ? !ascii_equal(text, s, n) : memcmp(text, s, n) != 0)
		return false;
	*ret_len = n;
	return true;
}

/*
 * Every piece but "*" has one length, so that going back to the last "*" finds
 * a match where there is one: what an earlier one takes need not be more.
 */
bool
pattern_matches(const struct pattern *pattern, bool ignore_case,
    const struct policy_request *request, const char *s, size_t len)
{
	const struct piece *pieces = pattern->pieces;
	size_t i = 0, at = 0, n, star = SIZE_MAX, star_at = 0;

	for (;;) {
		if (i < pattern->count && pieces[i].kind == PIECE_ANY) {
			star = i++;
			star_at = at;
		} else if (i < pattern->count &&
		    piece_begins(&pieces[i], ignore_case, request, s + at,
			len - at, &n)) {
			i++;
			at += n;
		} else if (i == pattern->count &&
		    (at == len || (i > 0 && star == i - 1))) {
			return true;
		} else if (star == SIZE_MAX || star_at == len) {
			return false;
		} else {
			star_at += character_length(s + star_at, len - star_at);
			at = star_at;
			i = star + 1;
		}
	}
}
