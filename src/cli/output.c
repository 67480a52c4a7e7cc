#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "base/text.h"
#include "cli/output.h"

static void
secret_freep(char **text)
{
	secret_free(*text);
}

bool
output_format_parse(const char *name, enum output_format *ret)
{
	static const char *const names[] = { "json", "text", "table" };
	unsigned i;

	for (i = 0; i < 3; i++) {
		if (strcmp(name, names[i]) == 0) {
			*ret = (enum output_format)i;
			return true;
		}
	}
	return false;
}

bool
output_is_scalar(const json_t *value)
{
	return !json_is_object(value) && !json_is_array(value);
}

char *
output_scalar(const json_t *value)
{
	const char *s = json_string_value(value);
	char number[64], *text;
	size_t size;

	if (json_is_true(value))
		s = "True";
	else if (json_is_false(value))
		s = "False";
	else if (json_is_null(value))
		s = "None";
	else if (json_is_number(value)) {
		if (json_is_integer(value))
			snprintf(number, sizeof(number),
			    "%" JSON_INTEGER_FORMAT, json_integer_value(value));
		else
			snprintf(number, sizeof(number), "%g",
			    json_real_value(value));
		s = number;
	}
	if (s == NULL)
		s = "";
	size = strlen(s) * 4 + 1;
	if ((text = secret_malloc(size)) != NULL)
		text_sanitise(text, size, s);
	return text;
}

static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Adds OBJECT's names to the N at NAMES, each once, and sorts them. */
static size_t
add_names(const json_t *object, bool scalars, const char **names, size_t n)
{
	const char *key;
	json_t *value;
	size_t i;

	json_object_foreach ((json_t *)object, key, value) {
		if (output_is_scalar(value) != scalars)
			continue;
		for (i = 0; i < n && strcmp(names[i], key) != 0; i++)
			;
		if (i == n)
			names[n++] = key;
	}
	qsort(names, n, sizeof(*names), compare_names);
	return n;
}

const char **
output_keys(const json_t *object, bool scalars)
{
	const char **names;

	names = calloc(json_object_size(object) + 1, sizeof(*names));
	if (names != NULL)
		add_names(object, scalars, names, 0);
	return names;
}

const char **
output_all_keys(const json_t *array)
{
	const char **names, **more;
	json_t *element;
	size_t i, n = 0;

	if ((names = calloc(1, sizeof(*names))) == NULL)
		return NULL;
	json_array_foreach ((json_t *)array, i, element) {
		more = reallocarray(names, n + json_object_size(element) + 1,
		    sizeof(*names));
		if (more == NULL) {
			free(names);
			return NULL;
		}
		names = more;
		n = add_names(element, true, names, n);
		names[n] = NULL;
	}
	return names;
}

static void
print_upper(FILE *out, const char *name)
{
	for (; *name != '\0'; name++)
		fputc(isgraph((unsigned char)*name)
			? toupper((unsigned char)*name)
			: '?',
		    out);
}

static bool	print_text(FILE *out, const char *name, const json_t *value,
		    const char *const *keys);

/* NAME, a tab, and the values of KEYS; one line. */
static bool
print_scalars(FILE *out, const char *name, const json_t *object,
    const char *const *keys)
{
	bool first = name == NULL;

	if (keys[0] == NULL)
		return true;
	if (name != NULL)
		print_upper(out, name);
	for (; *keys != NULL; keys++) {
		_cleanup_(secret_freep) char *text = NULL;

		text = output_scalar(json_object_get(object, *keys));
		if (text == NULL)
			return false;
		fprintf(out, "%s%s", first ? "" : "\t", text);
		first = false;
	}
	fputc('\n', out);
	return true;
}

static bool
print_object(FILE *out, const char *name, const json_t *object,
    const char *const *keys)
{
	_cleanup_(freep) const char **own = NULL;
	_cleanup_(freep) const char **others = NULL;
	size_t i;

	if (keys == NULL) {
		if ((own = output_keys(object, true)) == NULL)
			return false;
		keys = own;
	}
	if ((others = output_keys(object, false)) == NULL)
		return false;
	if (!print_scalars(out, name, object, keys))
		return false;
	for (i = 0; others[i] != NULL; i++)
		if (!print_text(out, others[i],
			json_object_get(object, others[i]), NULL))
			return false;
	return true;
}

static bool
print_array(FILE *out, const char *name, const json_t *array)
{
	_cleanup_(freep) const char **keys = NULL;
	json_t *element;
	size_t i;

	if ((keys = output_all_keys(array)) == NULL)
		return false;
	json_array_foreach ((json_t *)array, i, element)
		if (!print_text(out, name, element, keys))
			return false;
	return true;
}

static bool
print_text(FILE *out, const char *name, const json_t *value,
    const char *const *keys)
{
	_cleanup_(secret_freep) char *text = NULL;

	if (json_is_object(value))
		return print_object(out, name, value, keys);
	if (json_is_array(value))
		return print_array(out, name, value);
	if ((text = output_scalar(value)) == NULL)
		return false;
	print_upper(out, name);
	fprintf(out, "\t%s\n", text);
	return true;
}

bool
output_print_text(FILE *out, const json_t *result)
{
	return print_object(out, NULL, result, NULL);
}

static bool
print_json(FILE *out, bool ascii_only, const json_t *result)
{
	if (json_dumpf(result, out,
		JSON_INDENT(4) | (ascii_only ? JSON_ENSURE_ASCII : 0)) < 0 &&
	    !ferror(out))
		return false;
	fputc('\n', out);
	return true;
}

bool
output_print(FILE *out, enum output_format format, const char *title,
    unsigned width, bool ascii_only, const json_t *result)
{
	if (json_object_size(result) == 0)
		return true;
	switch (format) {
	case OUTPUT_JSON:
		return print_json(out, ascii_only, result);
	case OUTPUT_TEXT:
		return output_print_text(out, result);
	case OUTPUT_TABLE:
		return output_print_table(out, title, width, result);
	}
	return false;
}
