#include <getopt.h>
#include <string.h>

#include "base/secret.h"
#include "base/text.h"
#include "cli/options.h"

enum { OPTION_BASE = 256, OPTION_OUTPUT = 1000, OPTION_TOKEN, OPTION_HELP };

void
arguments_clear(struct arguments *args)
{
	json_decref(args->parameters);
	json_decref(args->own);
	*args = (struct arguments){ 0 };
}

const char *
arguments_text(const struct arguments *args, const char *name)
{
	return json_string_value(json_object_get(args->own, name));
}

json_int_t
arguments_number(const struct arguments *args, const char *name)
{
	return json_integer_value(json_object_get(args->own, name));
}

bool
arguments_flag(const struct arguments *args, const char *name)
{
	return json_is_true(json_object_get(args->own, name));
}

static enum mfa_code
out_of_memory(struct mfa_error *err)
{
	return mfa_error_set(err, MFA_SERVICE_FAILURE, 0, "out of memory");
}

/* Is TEXT one of the words of "a|b|c"? */
static bool
is_one_of(const char *text, const char *words)
{
	size_t n, len = strlen(text);

	for (;; words += n + 1) {
		n = strcspn(words, "|");
		if (n == len && memcmp(words, text, n) == 0)
			return true;
		if (words[n] == '\0')
			return false;
	}
}

static enum mfa_code
parse_string(const struct option_spec *spec, const char *text, json_t **ret,
    struct mfa_error *err)
{
	if (spec->values != NULL && !is_one_of(text, spec->values))
		return mfa_error_set(err, MFA_INVALID_INPUT, 0,
		    "--%s: must be %s%s", spec->name,
		    strchr(spec->values, '|') != NULL ? "one of " : "",
		    spec->values);
	if ((*ret = json_string(text)) == NULL)
		return mfa_error_set(err, MFA_INVALID_INPUT, 0,
		    "--%s: is not UTF-8 text", spec->name);
	return MFA_OK;
}

static enum mfa_code
parse_integer(const struct option_spec *spec, const char *text, json_t **ret,
    struct mfa_error *err)
{
	uint64_t value;

	if (!text_parse_u64(text, &value) || value < 1 || value > INT32_MAX)
		return mfa_error_set(err, MFA_INVALID_INPUT, 0,
		    "--%s: must be a number from 1", spec->name);
	if ((*ret = json_integer((json_int_t)value)) == NULL)
		return out_of_memory(err);
	return MFA_OK;
}

/* The seconds in one of the unit that TEXT ends with; 0: it is none. */
static uint64_t
unit_seconds(char unit)
{
	switch (unit) {
	case 's':
		return 1;
	case 'm':
		return 60;
	case 'h':
		return 3600;
	case 'd':
		return 86400;
	default:
		return 0;
	}
}

static enum mfa_code
parse_duration(const struct option_spec *spec, const char *text, json_t **ret,
    struct mfa_error *err)
{
	size_t len = strlen(text);
	uint64_t value, unit = len > 0 ? unit_seconds(text[len - 1]) : 0;
	char digits[12];

	if (unit == 0 || len > sizeof(digits))
		unit = 0;
	else
		*(char *)mempcpy(digits, text, len - 1) = '\0';
	if (unit == 0 || !text_parse_u64(digits, &value) || value < 1 ||
	    value > INT32_MAX / unit)
		return mfa_error_set(err, MFA_INVALID_INPUT, 0,
		    "--%s: must be a number and s, m, h or d: 30m, 1h, 7d",
		    spec->name);
	if ((*ret = json_integer((json_int_t)(value * unit))) == NULL)
		return out_of_memory(err);
	return MFA_OK;
}

/* Key=K,Value=V; the value may hold commas and equal signs, and be empty. */
static json_t *
tag_from_text(const char *text)
{
	const char *key, *comma;

	if (strncmp(text, "Key=", 4) != 0)
		return NULL;
	key = text + 4;
	if ((comma = strstr(key, ",Value=")) == NULL || comma == key)
		return NULL;
	return json_pack("{s:s%, s:s}", "Key", key, (size_t)(comma - key),
	    "Value", comma + strlen(",Value="));
}

/* The values of the LEN octets of NAME, which are made where there are none. */
static json_t *
context_values(json_t *entries, const char *name, size_t len)
{
	const char *other;
	json_t *entry;
	size_t i;

	json_array_foreach (entries, i, entry) {
		other = json_string_value(
		    json_object_get(entry, "ContextKeyName"));
		if (strlen(other) == len && memcmp(other, name, len) == 0)
			return json_object_get(entry, "ContextKeyValues");
	}
	entry = json_pack("{s:s%, s:[]}", "ContextKeyName", name, len,
	    "ContextKeyValues");
	if (json_array_append_new(entries, entry) < 0)
		return NULL;
	return json_object_get(entry, "ContextKeyValues");
}

/* KEY=VALUE, again for one more value; "KEY=" is a key without any. */
static enum mfa_code
add_context(const struct option_spec *spec, json_t *entries, const char *text,
    struct mfa_error *err)
{
	const char *equals = strchr(text, '=');
	json_t *values;

	if (equals == NULL || equals == text)
		return mfa_error_set(err, MFA_INVALID_INPUT, 0,
		    "--%s: must be KEY=VALUE", spec->name);
	values = context_values(entries, text, (size_t)(equals - text));
	if (values != NULL && equals[1] == '\0')
		return MFA_OK;
	if (values == NULL ||
	    json_array_append_new(values, json_string(equals + 1)) < 0)
		return mfa_error_set(err, MFA_INVALID_INPUT, 0,
		    "--%s: is not UTF-8 text", spec->name);
	return MFA_OK;
}

static enum mfa_code
add_item(const struct option_spec *spec, json_t *items, const char *text,
    struct mfa_error *err)
{
	json_t *item;

	if (spec->kind == OPTION_CONTEXT)
		return add_context(spec, items, text, err);
	item = spec->kind == OPTION_TAGS ? tag_from_text(text)
					 : json_string(text);
	if (item == NULL)
		return mfa_error_set(err, MFA_INVALID_INPUT, 0, "--%s: %s",
		    spec->name,
		    spec->kind == OPTION_TAGS ? "must be Key=NAME,Value=TEXT"
					      : "is not UTF-8 text");
	if (json_array_append_new(items, item) < 0)
		return out_of_memory(err);
	return MFA_OK;
}

/* Takes FIRST and what follows in ARGV up to the next option. */
static enum mfa_code
parse_list(const struct option_spec *spec, const char *first, int argc,
    char **argv, json_t **ret, struct mfa_error *err)
{
	json_t *items;
	enum mfa_code code;

	if ((items = json_array()) == NULL)
		return out_of_memory(err);
	code = add_item(spec, items, first, err);
	while (code == MFA_OK && optind < argc &&
	    strncmp(argv[optind], "--", 2) != 0)
		code = add_item(spec, items, argv[optind++], err);
	if (code != MFA_OK) {
		json_decref(items);
		return code;
	}
	*ret = items;
	return MFA_OK;
}

static enum mfa_code
parse_value(const struct option_spec *spec, int argc, char **argv,
    json_t **ret, struct mfa_error *err)
{
	switch (spec->kind) {
	case OPTION_STRING:
	case OPTION_USER:
	case OPTION_FILE:
	case OPTION_CODE:
		return parse_string(spec, optarg, ret, err);
	case OPTION_INTEGER:
		return parse_integer(spec, optarg, ret, err);
	case OPTION_DURATION:
		return parse_duration(spec, optarg, ret, err);
	case OPTION_FLAG:
		*ret = json_true();
		return MFA_OK;
	case OPTION_TAGS:
	case OPTION_KEYS:
	case OPTION_CONTEXT:
		return parse_list(spec, optarg, argc, argv, ret, err);
	}
	return mfa_error_set(err, MFA_SERVICE_FAILURE, 0, "unknown kind");
}

static enum mfa_code
take_option(const struct option_spec *spec, int argc, char **argv,
    struct arguments *args, struct mfa_error *err)
{
	json_t *value, *into = spec->member ? args->parameters : args->own;
	const char *name = spec->member ? spec->member : spec->name;
	enum mfa_code code;

	if (json_object_get(into, name) != NULL)
		return mfa_error_set(err, MFA_INVALID_INPUT, 0,
		    "--%s: given twice", spec->name);
	code = parse_value(spec, argc, argv, &value, err);
	if (code != MFA_OK)
		return code;
	if (json_object_set_new(into, name, value) < 0)
		return out_of_memory(err);
	return MFA_OK;
}

static void
fill_long_options(const struct option_spec *specs, struct option *ret)
{
	size_t i;

	for (i = 0; specs[i].name != NULL && i < OPTIONS_MAX; i++)
		ret[i] = (struct option){ specs[i].name,
			specs[i].kind != OPTION_FLAG, NULL,
			OPTION_BASE + (int)i };
	ret[i++] = (struct option){ "output", 1, NULL, OPTION_OUTPUT };
	ret[i++] = (struct option){ "token-code", 1, NULL, OPTION_TOKEN };
	ret[i++] = (struct option){ "help", 0, NULL, OPTION_HELP };
	ret[i] = (struct option){ 0 };
}

/* getopt_long(3) takes abbreviations; a script must not come to rely on one. */
static bool
is_abbreviated(const char *arg, const struct option *options, int value)
{
	size_t i, n = strcspn(arg, "=");

	for (i = 0; options[i].name != NULL; i++)
		if (options[i].val == value)
			return n != strlen(options[i].name) + 2;
	return false;
}

static enum mfa_code
take_positional(const char *name, const char *text, struct arguments *args,
    struct mfa_error *err)
{
	if (name == NULL || args->positional != NULL)
		return mfa_error_set(err, MFA_INVALID_INPUT, 0,
		    "unrecognized argument: %s", text);
	args->positional = text;
	return MFA_OK;
}

static enum mfa_code
take(const struct option_spec *specs, const char *positional, int got,
    int argc, char **argv, struct arguments *args, struct mfa_error *err)
{
	switch (got) {
	case 1:
		return take_positional(positional, optarg, args, err);
	case OPTION_OUTPUT:
		args->output = optarg;
		return MFA_OK;
	case OPTION_TOKEN:
		args->token_code = optarg;
		return MFA_OK;
	case OPTION_HELP:
		args->help = true;
		return MFA_OK;
	default:
		return take_option(&specs[got - OPTION_BASE], argc, argv, args,
		    err);
	}
}

static enum mfa_code
take_all(const struct option_spec *specs, const char *positional, int argc,
    char **argv, struct arguments *args, struct mfa_error *err)
{
	struct option options[OPTIONS_MAX + 4];
	const char *arg;
	enum mfa_code code = MFA_OK;
	int got;

	fill_long_options(specs, options);
	opterr = 0;
	for (optind = 0; code == MFA_OK && !args->help;) {
		arg = argv[optind > 0 ? optind : 1];
		got = getopt_long(argc, argv, "-:", options, NULL);
		if (got == -1)
			break;
		if (got == ':')
			return mfa_error_set(err, MFA_INVALID_INPUT, 0,
			    "%s: expected an argument", arg);
		if (got == '?' ||
		    (got != 1 && is_abbreviated(arg, options, got)))
			return mfa_error_set(err, MFA_INVALID_INPUT, 0,
			    "unrecognized argument: %s", arg);
		code = take(specs, positional, got, argc, argv, args, err);
	}
	while (code == MFA_OK && !args->help && optind < argc)
		code = take_positional(positional, argv[optind++], args, err);
	return code;
}

static enum mfa_code
check_required(const struct option_spec *specs, const char *positional,
    const struct arguments *args, struct mfa_error *err)
{
	if (positional != NULL && args->positional == NULL)
		return mfa_error_set(err, MFA_INVALID_INPUT, 0,
		    "the following argument is required: %s", positional);
	for (; specs->name != NULL; specs++) {
		if (!specs->required ||
		    (specs->member != NULL
			    ? json_object_get(args->parameters, specs->member)
			    : json_object_get(args->own, specs->name)) != NULL)
			continue;
		return mfa_error_set(err, MFA_INVALID_INPUT, 0,
		    "the following argument is required: --%s", specs->name);
	}
	return MFA_OK;
}

enum mfa_code
options_parse(const struct option_spec *specs, const char *positional,
    int argc, char **argv, struct arguments *ret_args, struct mfa_error *err)
{
	enum mfa_code code;

	ret_args->parameters = json_object();
	ret_args->own = json_object();
	if (ret_args->parameters == NULL || ret_args->own == NULL)
		return out_of_memory(err);
	code = take_all(specs, positional, argc, argv, ret_args, err);
	if (code != MFA_OK || ret_args->help)
		return code;
	return check_required(specs, positional, ret_args, err);
}

static const char *
placeholder(const struct option_spec *spec)
{
	if (spec->values != NULL)
		return spec->values;
	switch (spec->kind) {
	case OPTION_STRING:
		return "TEXT";
	case OPTION_USER:
		return "USER";
	case OPTION_FILE:
		return "FILE";
	case OPTION_CODE:
		return "CODE";
	case OPTION_INTEGER:
		return "NUMBER";
	case OPTION_DURATION:
		return "TIME";
	case OPTION_FLAG:
		return "";
	case OPTION_TAGS:
		return "Key=NAME,Value=TEXT ...";
	case OPTION_KEYS:
		return "NAME ...";
	case OPTION_CONTEXT:
		return "KEY=VALUE ...";
	}
	return "";
}

void
options_print_usage(FILE *out, const struct option_spec *specs,
    const char *positional)
{
	if (positional != NULL)
		fprintf(out, " %s", positional);
	for (; specs->name != NULL; specs++)
		fprintf(out, "\n    %s--%s%s%s%s", specs->required ? "" : "[",
		    specs->name, specs->kind == OPTION_FLAG ? "" : " ",
		    placeholder(specs), specs->required ? "" : "]");
	fprintf(out,
	    "\n    [--output json|text|table] [--token-code CODE] "
	    "[--help]\n");
}

void
options_print_help(FILE *out, const struct option_spec *specs)
{
	for (; specs->name != NULL; specs++)
		fprintf(out, "  --%s\n      %s\n", specs->name, specs->help);
}
