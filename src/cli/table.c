#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "base/secret.h"
#include "cli/output.h"

#define PADDING	2	/* spaces on each side of a cell */

/* A titled block; ROWS rows of COLUMNS cells, the first the column titles. */
struct section {
	char		*title;
	unsigned	indent;
	bool		header;
	size_t		columns;
	size_t		rows;
	size_t		group;		/* rows between two rules; 0: all */
	char		**cells;
};

struct table {
	struct section	*sections;
	size_t		n;
	bool		failed;		/* out of memory */
};

static void
section_clear(struct section *s)
{
	size_t i;

	for (i = 0; i < s->rows * s->columns; i++)
		secret_free(s->cells[i]);
	free(s->cells);
	secret_free(s->title);
}

static void
table_clear(struct table *t)
{
	size_t i;

	for (i = 0; i < t->n; i++)
		section_clear(&t->sections[i]);
	free(t->sections);
}

/* The columns that TEXT takes on a terminal. */
static size_t
text_width(const char *text)
{
	wchar_t wide[512];
	size_t n;
	int width;

	n = mbstowcs(wide, text, 512);
	if (n == (size_t)-1 || n == 512)
		return strlen(text);
	width = wcswidth(wide, n);
	return width < 0 ? strlen(text) : (size_t)width;
}

static char *
name_text(const char *name)
{
	json_t *value = json_string(name);
	char *text = output_scalar(value);

	json_decref(value);
	return text;
}

static struct section *
add_section(struct table *t, const char *title, unsigned indent)
{
	struct section *more;

	more = reallocarray(t->sections, t->n + 1, sizeof(*more));
	if (more == NULL) {
		t->failed = true;
		return NULL;
	}
	t->sections = more;
	more[t->n] = (struct section){ .indent = indent };
	if ((more[t->n].title = name_text(title)) == NULL) {
		t->failed = true;
		return NULL;
	}
	return &t->sections[t->n++];
}

/* Adds a row of section S's columns, all NULL; the caller fills it. */
static char **
add_row(struct table *t, struct section *s)
{
	char **more;
	size_t used = s->rows * s->columns;

	more = reallocarray(s->cells, used + s->columns + 1, sizeof(*more));
	if (more == NULL) {
		t->failed = true;
		return NULL;
	}
	s->cells = more;
	memset(&more[used], 0, s->columns * sizeof(*more));
	s->rows++;
	return &more[used];
}

static void
set_cell(struct table *t, char **cell, const json_t *value)
{
	if ((*cell = output_scalar(value)) == NULL)
		t->failed = true;
}

static void
set_name(struct table *t, char **cell, const char *name)
{
	if ((*cell = name_text(name)) == NULL)
		t->failed = true;
}

static void
add_titles(struct table *t, struct section *s, const char *const *keys)
{
	char **row;
	size_t i;

	for (s->columns = 0; keys[s->columns] != NULL; s->columns++)
		;
	s->header = s->columns > 0;
	if (!s->header || (row = add_row(t, s)) == NULL)
		return;
	for (i = 0; i < s->columns; i++)
		set_name(t, &row[i], keys[i]);
}

static void
add_values(struct table *t, struct section *s, const char *const *keys,
    const json_t *object)
{
	char **row;
	size_t i;

	if (s->columns == 0 || (row = add_row(t, s)) == NULL)
		return;
	for (i = 0; i < s->columns; i++)
		set_cell(t, &row[i], json_object_get(object, keys[i]));
}

/* One name and its value stand side by side. */
static void
add_pair(struct table *t, struct section *s, const char *name,
    const json_t *value)
{
	char **row;

	s->columns = 2;
	if ((row = add_row(t, s)) == NULL)
		return;
	set_name(t, &row[0], name);
	set_cell(t, &row[1], value);
}

static void	build(struct table *t, const char *title, const json_t *value,
		    unsigned indent);

static void
build_others(struct table *t, const json_t *object, unsigned indent)
{
	_cleanup_(freep) const char **keys = NULL;
	size_t i;

	if ((keys = output_keys(object, false)) == NULL) {
		t->failed = true;
		return;
	}
	for (i = 0; keys[i] != NULL; i++)
		build(t, keys[i], json_object_get(object, keys[i]), indent + 1);
}

static void
build_object(struct table *t, const char *title, const json_t *object,
    unsigned indent)
{
	_cleanup_(freep) const char **keys = NULL;
	struct section *s = add_section(t, title, indent);

	if (s == NULL || (keys = output_keys(object, true)) == NULL) {
		t->failed = true;
		return;
	}
	if (keys[0] != NULL && keys[1] == NULL)
		add_pair(t, s, keys[0], json_object_get(object, keys[0]));
	else {
		add_titles(t, s, keys);
		add_values(t, s, keys, object);
	}
	build_others(t, object, indent);
}

static bool
has_others(const json_t *array)
{
	const char *key;
	json_t *element, *value;
	size_t i;

	json_array_foreach ((json_t *)array, i, element)
		json_object_foreach (element, key, value)
			if (!output_is_scalar(value) &&
			    json_object_size(value) + json_array_size(value))
				return true;
	return false;
}

/*
 * One section for all that have the same columns, objects or not; where
 * elements hold others in turn, one for each.
 */
static void
build_array(struct table *t, const char *title, const json_t *array,
    unsigned indent)
{
	_cleanup_(freep) const char **keys = NULL;
	struct section *s = NULL;
	bool apart = has_others(array), is_row, was_row = false;
	json_t *element;
	size_t i;

	if ((keys = output_all_keys(array)) == NULL) {
		t->failed = true;
		return;
	}
	json_array_foreach ((json_t *)array, i, element) {
		if (t->failed)
			return;
		is_row = json_is_object(element);
		if (i == 0 || apart || is_row != was_row) {
			if ((s = add_section(t, title, indent)) == NULL)
				return;
			if (is_row)
				add_titles(t, s, keys);
			else
				s->columns = 1;
		}
		was_row = is_row;
		if (is_row) {
			add_values(t, s, keys, element);
			build_others(t, element, indent);
		} else {
			char **row = add_row(t, s);

			if (row != NULL)
				set_cell(t, row, element);
		}
	}
}

static void
build(struct table *t, const char *title, const json_t *value, unsigned indent)
{
	if (t->failed || json_object_size(value) + json_array_size(value) == 0)
		return;
	if (json_is_object(value))
		build_object(t, title, value, indent);
	else
		build_array(t, title, value, indent);
}

static size_t
column_width(const struct section *s, size_t column)
{
	size_t row, width, widest = 0;

	for (row = 0; row < s->rows; row++) {
		width = text_width(s->cells[row * s->columns + column]);
		if (width > widest)
			widest = width;
	}
	return widest + 2 * PADDING;
}

/* Columns that S needs in all, its borders and indentation included. */
static size_t
section_width(const struct section *s)
{
	size_t column, width = 1, title;

	for (column = 0; column < s->columns; column++)
		width += column_width(s, column) + 1;
	title = text_width(s->title) + 2 * PADDING + 2;
	return (width > title ? width : title) + 2 * s->indent;
}

static size_t
table_width(const struct table *t)
{
	size_t i, width, widest = 0;

	for (i = 0; i < t->n; i++) {
		width = section_width(&t->sections[i]);
		if (width > widest)
			widest = width;
	}
	return widest;
}

/* Turns rows under titles into pairs of title and value, row after row. */
static void
make_vertical(struct table *t, struct section *s)
{
	struct section pairs = { .columns = 2, .group = s->columns };
	size_t row, column;
	char **cells;
	json_t *value;

	for (row = 1; row < s->rows; row++) {
		for (column = 0; column < s->columns; column++) {
			if ((cells = add_row(t, &pairs)) == NULL)
				break;
			set_name(t, &cells[0], s->cells[column]);
			value = json_string(
			    s->cells[row * s->columns + column]);
			set_cell(t, &cells[1], value);
			json_decref(value);
		}
	}
	pairs.title = steal(&s->title);
	pairs.indent = s->indent;
	section_clear(s);
	*s = pairs;
}

static void
put(FILE *out, char c, size_t n)
{
	while (n-- > 0)
		fputc(c, out);
}

/* The width of column COLUMN where S has WIDTH in all: the rest is shared. */
static size_t
spread_width(const struct section *s, size_t column, size_t width)
{
	size_t i, own = 1, rest;

	for (i = 0; i < s->columns; i++)
		own += column_width(s, i) + 1;
	rest = width - 2 * s->indent - own;
	return column_width(s, column) + rest / s->columns +
	    (column < rest % s->columns ? 1 : 0);
}

static void
print_rule(FILE *out, const struct section *s, size_t width)
{
	size_t column;

	put(out, '|', s->indent);
	fputc('+', out);
	if (s->columns == 0) {
		put(out, '-', width - 2 * s->indent - 2);
		fputc('+', out);
	}
	for (column = 0; column < s->columns; column++) {
		put(out, '-', spread_width(s, column, width));
		fputc('+', out);
	}
	put(out, '|', s->indent);
	fputc('\n', out);
}

static void
print_centred(FILE *out, const char *text, size_t width)
{
	size_t rest = width - text_width(text);

	put(out, ' ', rest / 2);
	fputs(text, out);
	put(out, ' ', rest - rest / 2);
}

static void
print_row(FILE *out, const struct section *s, size_t row, size_t width)
{
	size_t column, own;
	const char *text;

	put(out, '|', s->indent + 1);
	for (column = 0; column < s->columns; column++) {
		text = s->cells[row * s->columns + column];
		own = spread_width(s, column, width);
		if (row == 0 && s->header)
			print_centred(out, text, own);
		else {
			put(out, ' ', PADDING);
			fputs(text, out);
			put(out, ' ', own - PADDING - text_width(text));
		}
		fputc('|', out);
	}
	put(out, '|', s->indent);
	fputc('\n', out);
}

/* Is there a rule below the row ROW, which is not the last? */
static bool
is_ruled_off(const struct section *s, size_t row)
{
	return s->group > 0 ? (row + 1) % s->group == 0 : row == 0 && s->header;
}

static void
print_section(FILE *out, const struct section *s, size_t width)
{
	size_t row;

	put(out, '|', s->indent + 1);
	print_centred(out, s->title, width - 2 * s->indent - 2);
	put(out, '|', s->indent + 1);
	fputc('\n', out);
	print_rule(out, s, width);
	for (row = 0; row < s->rows; row++) {
		print_row(out, s, row, width);
		if (row + 1 < s->rows && is_ruled_off(s, row))
			print_rule(out, s, width);
	}
	if (s->rows > 0)
		print_rule(out, s, width);
}

bool
output_print_table(FILE *out, const char *title, unsigned width,
    const json_t *result)
{
	_cleanup_(table_clear) struct table t = { 0 };
	size_t i, widest;

	build(&t, title, result, 0);
	if (!t.failed && table_width(&t) > width)
		for (i = 0; i < t.n; i++)
			if (t.sections[i].header)
				make_vertical(&t, &t.sections[i]);
	if (t.failed)
		return false;
	widest = table_width(&t);
	put(out, '-', widest);
	fputc('\n', out);
	for (i = 0; i < t.n; i++)
		print_section(out, &t.sections[i], widest);
	return true;
}
