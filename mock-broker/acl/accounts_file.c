/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/acl/accounts_file.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"

enum section { NOWHERE, WHITES, ACCOUNTS, VERSION };

struct reader {
	struct mb_accounts *all;
	struct mb_account *account; /* that is being read; NULL: none */
	enum section section;
	struct mb_perm_list *list; /* of that account, whose items follow */
	int dash;                  /* column of the dashes of the section; -1: none yet */
	int column;                /* of the keys of an item */
	unsigned seen;             /* a bit a section, and a bit a key of the account */
	const char *problem;
	char value[MB_ACCOUNT_TEXT_MAX + 1]; /* a quoted text, without its quotes */
};

/* A line: blanks, maybe a dash and blanks, a text. */
struct line {
	int indent;
	bool is_item;
	int column; /* of the text */
	struct rmqi_str text;
};

static enum rmq_error refuse(struct reader *r, const char *problem)
{
	r->problem = problem;
	return RMQ_ERR_CONFIG;
}

/* --- Texts ----------------------------------------------------------------------------------- */

/* Two characters that are one of a quoted text: a doubled quote, a backslash and what it escapes. */
static bool is_pair(struct rmqi_str s, size_t i, char quote)
{
	if (i + 1 >= s.len)
		return false;
	return quote == '"' ? s.ptr[i] == '\\' : s.ptr[i] == quote && s.ptr[i + 1] == quote;
}

/* Where a comment begins: a '#' in front, or behind a blank, outside of quotes. */
static struct rmqi_str without_comment(struct rmqi_str s)
{
	char quote = 0;

	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];
		bool starts = i == 0 || s.ptr[i - 1] == ' ' || s.ptr[i - 1] == '\t';

		if (quote && is_pair(s, i, quote))
			i++;
		else if (quote)
			quote = c == quote ? 0 : quote;
		else if ((c == '\'' || c == '"') && starts)
			quote = c;
		else if (c == '#' && starts)
			return rmqi_str_n(s.ptr, i);
	}
	return s;
}

/* 'it''s' and "a\"b": the text goes to r->value. */
static enum rmq_error unquote(struct reader *r, struct rmqi_str s, struct rmqi_str *out)
{
	char quote = s.ptr[0];
	size_t len = 0, i = 1;

	for (; i < s.len && len < MB_ACCOUNT_TEXT_MAX; i++) {
		char c = s.ptr[i];
		bool is_doubled = quote == '\'' && c == quote && i + 1 < s.len &&
				  s.ptr[i + 1] == quote;
		bool is_escape = quote == '"' && c == '\\' && i + 1 < s.len &&
				 (s.ptr[i + 1] == '"' || s.ptr[i + 1] == '\\');

		if (c == quote && !is_doubled)
			break;
		if (is_doubled || is_escape)
			c = s.ptr[++i];
		else if (quote == '"' && c == '\\')
			return refuse(r, "an escape that is not supported");
		r->value[len++] = c;
	}
	if (i + 1 != s.len)
		return refuse(r, "a quoted text that does not end where the line does");
	r->value[len] = 0;
	*out = rmqi_str_n(r->value, len);
	return RMQ_OK;
}

/* `out` is valid until the next one. ptr NULL: nothing. */
static enum rmq_error read_value(struct reader *r, struct rmqi_str s, struct rmqi_str *out)
{
	s = rmqi_str_trim(s);
	*out = (struct rmqi_str){0};
	if (s.len == 0 || rmqi_str_is(s, "null") || rmqi_str_is(s, "~"))
		return RMQ_OK;
	if (s.ptr[0] == '\'' || s.ptr[0] == '"')
		return unquote(r, s, out);
	/* "*" begins an alias, but here it is what addresses are made of: Java's files quote it. */
	if (strchr("&!|>%@`{[?,", s.ptr[0]))
		return refuse(r, "YAML that is not supported");
	for (size_t i = 0; i + 1 < s.len; i++)
		if (s.ptr[i] == ':' && s.ptr[i + 1] == ' ')
			return refuse(r, "a second key in one line");
	if (s.len > MB_ACCOUNT_TEXT_MAX)
		return refuse(r, "a text that is too long");
	*out = s;
	return RMQ_OK;
}

/* "key: value"; keys are plain words. */
static enum rmq_error split(struct reader *r, struct rmqi_str s, struct rmqi_str *key,
			    struct rmqi_str *value)
{
	bool found;
	struct rmqi_str rest = rmqi_str_cut(s, ":", key, &found);

	if (!found || key->len == 0 || (rest.len && rest.ptr[0] != ' ' && rest.ptr[0] != '\t'))
		return refuse(r, "not \"key: value\"");
	*value = rmqi_str_trim(rest);
	return RMQ_OK;
}

static bool is_empty_list(struct rmqi_str value)
{
	return rmqi_str_is(value, "[]") || rmqi_str_is(value, "null") || value.len == 0;
}

/* --- An account ------------------------------------------------------------------------------ */

static enum rmq_error end_account(struct reader *r)
{
	struct mb_account *a = r->account;
	enum rmq_error err;

	r->list = NULL;
	if (!a)
		return RMQ_OK;
	err = mb_account_complete(a);
	if (err == RMQ_ERR_CONFIG)
		return refuse(r, "the account before it: accessKey and secretKey need more than 6 "
				 "characters, whiteRemoteAddress must be one");
	if (err == RMQ_OK)
		err = mb_accounts_add(r->all, a);
	if (err == RMQ_ERR_CONFIG)
		return refuse(r, "the account before it: its accessKey is there twice, or there are "
				 "too many");
	if (err == RMQ_OK)
		r->account = NULL;
	return err;
}

/* A key that must not come twice. */
static enum rmq_error see(struct reader *r, unsigned bit)
{
	if (r->seen & 1u << bit)
		return refuse(r, "a key that is there twice");
	r->seen |= 1u << bit;
	return RMQ_OK;
}

static enum rmq_error read_admin(struct reader *r, struct rmqi_str value)
{
	if (!rmqi_str_is(value, "true") && !rmqi_str_is(value, "false"))
		return refuse(r, "admin is true or false");
	r->account->is_admin = rmqi_str_is(value, "true");
	return RMQ_OK;
}

static enum rmq_error read_text_key(struct reader *r, char **member, struct rmqi_str value)
{
	struct rmqi_str text;
	enum rmq_error err = read_value(r, value, &text);

	if (err != RMQ_OK || !text.ptr)
		return err;
	err = mb_account_set_text(member, text);
	return err == RMQ_ERR_CONFIG ? refuse(r, "a text that is too long") : err;
}

static enum rmq_error account_key(struct reader *r, struct rmqi_str key, struct rmqi_str value)
{
	static const char *const names[] = {"accessKey",         "secretKey",
					    "whiteRemoteAddress", "defaultTopicPerm",
					    "defaultGroupPerm",  "topicPerms",
					    "groupPerms",        "admin"};
	struct mb_account *a = r->account;
	char **texts[] = {&a->access_key, &a->secret_key, &a->white_address, &a->default_topic_perm,
			  &a->default_group_perm};
	unsigned at = 0;
	enum rmq_error err;

	while (at < RMQI_COUNT(names) && !rmqi_str_is(key, names[at]))
		at++;
	if (at == RMQI_COUNT(names))
		return refuse(r, "an unknown key of an account");
	err = see(r, 8 + at);
	r->list = NULL;
	if (err != RMQ_OK)
		return err;
	if (at < RMQI_COUNT(texts))
		return read_text_key(r, texts[at], value);
	if (rmqi_str_is(key, "admin"))
		return read_admin(r, value);
	if (!is_empty_list(value))
		return refuse(r, "a list begins in the next line");
	r->list = rmqi_str_is(key, "topicPerms") ? &a->topics : &a->groups;
	return RMQ_OK;
}

static enum rmq_error perm_item(struct reader *r, struct rmqi_str text)
{
	struct rmqi_str value;
	enum rmq_error err = read_value(r, text, &value);

	if (err == RMQ_OK)
		err = mb_perm_list_add(r->list, value);
	return err == RMQ_ERR_CONFIG && !r->problem ? refuse(r, "not \"name=PUB|SUB\"") : err;
}

/* --- Sections -------------------------------------------------------------------------------------- */

static enum rmq_error top_key(struct reader *r, const struct line *l)
{
	static const char *const names[] = {"globalWhiteRemoteAddresses", "accounts", "dataVersion"};
	struct rmqi_str key, value;
	enum rmq_error err = end_account(r);
	unsigned at = 0;

	if (err == RMQ_OK)
		err = split(r, l->text, &key, &value);
	if (err != RMQ_OK)
		return err;
	while (at < RMQI_COUNT(names) && !rmqi_str_is(key, names[at]))
		at++;
	if (at == RMQI_COUNT(names))
		return refuse(r, "an unknown key");
	if (!is_empty_list(value))
		return refuse(r, "a list begins in the next line");
	r->section = (enum section)(WHITES + at);
	r->dash = -1;
	return see(r, at);
}

static enum rmq_error white_item(struct reader *r, struct rmqi_str text)
{
	struct rmqi_str value;
	enum rmq_error err = read_value(r, text, &value);

	if (err == RMQ_OK)
		err = mb_accounts_add_white(r->all, value);
	return err == RMQ_ERR_CONFIG && !r->problem ? refuse(r, "not an address") : err;
}

static enum rmq_error version_key(struct reader *r, struct rmqi_str key, struct rmqi_str value)
{
	int64_t *member = rmqi_str_is(key, "counter")     ? &r->all->counter
			  : rmqi_str_is(key, "timestamp") ? &r->all->timestamp
							  : NULL;

	if (!member || !rmqi_str_to_i64(value, member))
		return refuse(r, "dataVersion has a counter and a timestamp");
	return RMQ_OK;
}

/* The dash of an item of the section. */
static enum rmq_error begin_item(struct reader *r, const struct line *l)
{
	enum rmq_error err;

	r->dash = l->indent;
	r->column = l->column;
	if (r->section != ACCOUNTS)
		return RMQ_OK;
	err = end_account(r);
	if (err != RMQ_OK)
		return err;
	r->seen &= 0xff;
	r->account = mb_account_new();
	return r->account ? RMQ_OK : RMQ_ERR_NO_MEMORY;
}

static enum rmq_error member(struct reader *r, struct rmqi_str text)
{
	struct rmqi_str key, value;
	enum rmq_error err = split(r, text, &key, &value);

	if (err != RMQ_OK)
		return err;
	return r->section == VERSION ? version_key(r, key, value) : account_key(r, key, value);
}

static enum rmq_error section_line(struct reader *r, const struct line *l)
{
	enum rmq_error err = RMQ_OK;

	if (l->is_item && (r->dash < 0 || l->indent == r->dash))
		err = begin_item(r, l);
	else if (l->is_item && r->list && l->indent >= r->column)
		return perm_item(r, l->text);
	else if (r->dash < 0 || l->is_item || l->indent != r->column || r->section == WHITES)
		return refuse(r, "a line that stands too far left or right");
	if (err != RMQ_OK)
		return err;
	return r->section == WHITES ? white_item(r, l->text) : member(r, l->text);
}

/* False: it has nothing to say. */
static bool read_line(struct rmqi_str s, struct line *l)
{
	size_t at = 0;

	s = without_comment(s);
	while (at < s.len && s.ptr[at] == ' ')
		at++;
	l->indent = l->column = (int)at;
	l->is_item = at + 1 < s.len && s.ptr[at] == '-' && s.ptr[at + 1] == ' ';
	if (l->is_item) {
		for (at++; at < s.len && s.ptr[at] == ' ';)
			at++;
		l->column = (int)at;
	}
	l->text = rmqi_str_n(s.ptr + at, s.len - at);
	while (l->text.len && strchr(" \t\r", l->text.ptr[l->text.len - 1]))
		l->text.len--;
	return l->text.len > 0;
}

static enum rmq_error read_all(struct reader *r, struct rmqi_str text, int *number)
{
	enum rmq_error err = RMQ_OK;
	struct rmqi_str one;
	struct line l;
	bool more = true;

	for (*number = 1; more && err == RMQ_OK; ++*number) {
		text = rmqi_str_cut(text, "\n", &one, &more);
		if (!read_line(one, &l) || (*number == 1 && rmqi_str_is(l.text, "---")))
			continue;
		if (l.text.ptr[0] == '\t' || memchr(l.text.ptr, 0, l.text.len))
			err = refuse(r, "a tab in front of a text, or a byte 0");
		else if (l.indent == 0 && !l.is_item)
			err = top_key(r, &l);
		else if (r->section == NOWHERE)
			err = refuse(r, "a line before any key");
		else
			err = section_line(r, &l);
	}
	return err == RMQ_OK ? end_account(r) : err;
}

enum rmq_error mb_accounts_parse(struct rmqi_str text, struct mb_accounts **out, char *problem,
				 size_t size)
{
	struct reader r = {.all = mb_accounts_new(), .dash = -1};
	enum rmq_error err = r.all ? RMQ_OK : RMQ_ERR_NO_MEMORY;
	int number = 1;

	if (text.len > MB_ACCOUNTS_FILE_MAX)
		err = refuse(&r, "a file that is too long");
	if (err == RMQ_OK)
		err = read_all(&r, text, &number);
	explicit_bzero(r.value, sizeof(r.value));
	if (err == RMQ_OK) {
		*out = r.all;
		return RMQ_OK;
	}
	(void)snprintf(problem, size, "line %d: %s", number - 1,
		       r.problem ? r.problem : rmq_error_text(err));
	mb_account_free(r.account);
	mb_accounts_free(r.all);
	return err;
}

/* --- Writing ------------------------------------------------------------------------------------------ */

static void write_text(struct rmqi_buf *out, const char *text)
{
	rmqi_buf_add_u8(out, '\'');
	for (; *text; text++) {
		if (*text == '\'')
			rmqi_buf_add_u8(out, '\'');
		rmqi_buf_add_u8(out, (uint8_t)*text);
	}
	rmqi_buf_add_text(out, "'\n");
}

static void write_member(struct rmqi_buf *out, const char *key, const char *value)
{
	if (!value)
		return;
	rmqi_buf_addf(out, "  %s: ", key);
	write_text(out, value);
}

static void write_perms(struct rmqi_buf *out, const char *key, const struct mb_perm_list *l)
{
	if (l->count)
		rmqi_buf_addf(out, "  %s:\n", key);
	for (size_t i = 0; i < l->count; i++) {
		rmqi_buf_add_text(out, "  - ");
		write_text(out, l->at[i]);
	}
}

static void write_account(struct rmqi_buf *out, const struct mb_account *a)
{
	rmqi_buf_add_text(out, "- accessKey: ");
	write_text(out, a->access_key);
	write_member(out, "secretKey", a->secret_key);
	write_member(out, "whiteRemoteAddress", a->white_address);
	rmqi_buf_addf(out, "  admin: %s\n", a->is_admin ? "true" : "false");
	write_member(out, "defaultTopicPerm", a->default_topic_perm);
	write_member(out, "defaultGroupPerm", a->default_group_perm);
	write_perms(out, "topicPerms", &a->topics);
	write_perms(out, "groupPerms", &a->groups);
}

void mb_accounts_write(const struct mb_accounts *a, struct rmqi_buf *out)
{
	if (a->white_count)
		rmqi_buf_add_text(out, "globalWhiteRemoteAddresses:\n");
	for (size_t i = 0; i < a->white_count; i++) {
		rmqi_buf_add_text(out, "- ");
		write_text(out, a->white_texts[i]);
	}
	rmqi_buf_add_text(out, a->count ? "accounts:\n" : "accounts: []\n");
	for (size_t i = 0; i < a->count; i++)
		write_account(out, a->at[i]);
	rmqi_buf_addf(out, "dataVersion:\n- counter: %lld\n  timestamp: %lld\n",
		      (long long)a->counter, (long long)a->timestamp);
}
