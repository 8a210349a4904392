/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/record/sequence.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/detail.h"
#include "base/mem.h"

enum { EXPECTED_MAX = 1024, BEFORE = 3 };

#define NAMESRV_PREFIX "namesrv-"

/* --- The text ------------------------------------------------------------------------------------ */

static struct rmqi_str next_word(struct rmqi_str *rest)
{
	struct rmqi_str word;

	*rest = rmqi_str_trim(*rest);
	word = *rest;
	for (word.len = 0; word.len < rest->len && !strchr(" \t\r\n", rest->ptr[word.len]);)
		word.len++;
	rest->ptr += word.len;
	rest->len -= word.len;
	return word;
}

static enum rmq_error select_node(struct mb_step *step, struct rmqi_str node,
				  struct rmq_error_detail *detail)
{
	size_t prefix = strlen(NAMESRV_PREFIX);

	if (!rmqi_str_has_prefix(node, NAMESRV_PREFIX))
		return mb_select_put(&step->select, MB_SELECT_node, node, detail);
	return mb_select_put(&step->select, MB_SELECT_namesrv,
			     rmqi_str_n(node.ptr + prefix, node.len - prefix), detail);
}

/* NAME[@NODE], without what says how often. */
static enum rmq_error add_step(struct mb_sequence *s, struct rmqi_str word, enum mb_times times,
			       struct rmq_error_detail *detail)
{
	struct mb_step *step = &s->steps[s->count];
	struct rmqi_str name, node;
	bool has_node;
	enum rmq_error err;

	if (s->count == MB_STEPS_MAX)
		return rmqi_detail_set(detail, RMQ_ERR_CONFIG, RMQ_ERROR_FATAL,
				       "a sequence has at most %d steps, and \"+\" counts twice",
				       MB_STEPS_MAX);
	s->count++;
	mb_select_init(&step->select);
	step->text = word;
	step->times = times;
	node = rmqi_str_cut(word, "@", &name, &has_node);
	if (name.len == 0 || (has_node && node.len == 0))
		return rmqi_detail_set(detail, RMQ_ERR_CONFIG, RMQ_ERROR_FATAL,
				       "\"%.*s\" in a sequence is not NAME[@NODE][+|*|?]",
				       RMQI_STR_ARG(word));
	err = mb_select_put(&step->select, MB_SELECT_code, name, detail);
	if (err == RMQ_OK && has_node)
		err = select_node(step, node, detail);
	return err;
}

static enum rmq_error add_word(struct mb_sequence *s, struct rmqi_str word,
			       struct rmq_error_detail *detail)
{
	char last = word.ptr[word.len - 1];
	struct rmqi_str bare = rmqi_str_n(word.ptr, word.len - (last && strchr("+*?", last) ? 1 : 0));
	enum rmq_error err;

	if (last == '*')
		return add_step(s, bare, MB_ANY_TIMES, detail);
	err = add_step(s, bare, last == '?' ? MB_ONCE_OR_NOT : MB_ONCE, detail);
	if (err == RMQ_OK && last == '+')
		err = add_step(s, bare, MB_ANY_TIMES, detail);
	return err;
}

enum rmq_error mb_sequence_new(const char *text, struct mb_sequence **out,
			       struct rmq_error_detail *detail)
{
	struct mb_sequence *s = rmqi_calloc(1, sizeof(*s));
	enum rmq_error err = RMQ_OK;
	struct rmqi_str rest, word;

	if (s)
		s->text = rmqi_strdup(text);
	if (!s || !s->text) {
		rmqi_free(s);
		return RMQ_ERR_NO_MEMORY;
	}
	rest = rmqi_str(s->text);
	for (word = next_word(&rest); word.len && err == RMQ_OK; word = next_word(&rest))
		err = add_word(s, word, detail);
	if (err == RMQ_OK && s->count == 0)
		err = rmqi_detail_set(detail, RMQ_ERR_CONFIG, RMQ_ERROR_FATAL,
				      "the sequence is empty: it names no request");
	if (err != RMQ_OK) {
		mb_sequence_free(s);
		return err;
	}
	*out = s;
	return RMQ_OK;
}

void mb_sequence_free(struct mb_sequence *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->count; i++)
		mb_select_deinit(&s->steps[i].select);
	rmqi_free(s->text);
	rmqi_free(s);
}

/* --- Following it --------------------------------------------------------------------------------- */

/* Bit i: step i is next; bit count: the text is over. */

static uint64_t bit(size_t at)
{
	return UINT64_C(1) << at;
}

/* With those behind steps that may be left out. */
static uint64_t widen(const struct mb_sequence *s, uint64_t places)
{
	for (size_t i = 0; i < s->count; i++)
		if ((places & bit(i)) && s->steps[i].times != MB_ONCE)
			places |= bit(i + 1);
	return places;
}

static uint64_t follow(const struct mb_sequence *s, uint64_t places, const struct mb_seen *seen)
{
	uint64_t next = 0;

	for (size_t i = 0; i < s->count; i++) {
		if (!(places & bit(i)) || !mb_seen_matches(seen, &s->steps[i].select))
			continue;
		next |= bit(s->steps[i].times == MB_ANY_TIMES ? i : i + 1);
	}
	return widen(s, next);
}

static bool is_named(const struct mb_sequence *s, const struct mb_seen *seen)
{
	for (size_t i = 0; i < s->count; i++)
		for (size_t k = 0; k < s->steps[i].select.code_count; k++)
			if (s->steps[i].select.codes[k] == seen->code)
				return true;
	return false;
}

/* --- Where it differs ------------------------------------------------------------------------------ */

static void add_expected(struct rmqi_buf *out, const struct mb_sequence *s, uint64_t places)
{
	bool is_first = true;

	for (size_t i = 0; i < s->count; i++) {
		if (!(places & bit(i)))
			continue;
		if (i > 0 && (places & bit(i - 1)) && rmqi_str_eq(s->steps[i].text, s->steps[i - 1].text))
			continue; /* the second half of a '+' */
		rmqi_buf_addf(out, "%s%.*s", is_first ? "" : " or ",
			      RMQI_STR_ARG(s->steps[i].text));
		is_first = false;
	}
	if (places & bit(s->count))
		rmqi_buf_addf(out, "%sthe end", is_first ? "" : " or ");
}

/* The last few that did fit, oldest first. */
static void add_before(struct rmqi_buf *out, const struct mb_sequence *s,
		       const struct rmq_mock_requests *l, size_t at)
{
	size_t from = at, found = 0;

	while (from > 0 && found < BEFORE)
		found += is_named(s, l->at[--from].seen);
	if (found)
		rmqi_buf_add_text(out, "; before it came");
	for (; from < at; from++)
		if (is_named(s, l->at[from].seen))
			rmqi_buf_addf(out, " %s@%s", l->at[from].name, l->at[from].seen->node.ptr);
}

static enum rmq_error differs(const struct mb_sequence *s, const struct rmq_mock_requests *l,
			      size_t at, size_t fit, uint64_t places,
			      struct rmq_error_detail *detail)
{
	struct rmqi_buf text;

	rmqi_buf_init(&text, EXPECTED_MAX);
	if (at < l->count)
		rmqi_buf_addf(&text, "request %zu of those is %s@%s (number %" PRIu64 "), expected ",
			      fit + 1, l->at[at].name, l->at[at].seen->node.ptr,
			      l->at[at].seen->number);
	else
		rmqi_buf_addf(&text, "the record ends after %zu of those, expected ", fit);
	add_expected(&text, s, places);
	add_before(&text, s, l, at);
	(void)rmqi_detail_set(detail, RMQ_ERR_NOT_FOUND, 0, "%s", rmqi_buf_text(&text));
	rmqi_buf_deinit(&text);
	return RMQ_ERR_NOT_FOUND;
}

enum rmq_error mb_sequence_check(const struct mb_sequence *s, const struct rmq_mock_requests *l,
				 struct rmq_error_detail *detail)
{
	uint64_t places = widen(s, bit(0));
	size_t fit = 0;

	for (size_t i = 0; i < l->count; i++) {
		uint64_t next;

		if (!is_named(s, l->at[i].seen))
			continue;
		next = follow(s, places, l->at[i].seen);
		if (!next)
			return differs(s, l, i, fit, places, detail);
		places = next;
		fit++;
	}
	return places & bit(s->count) ? RMQ_OK : differs(s, l, l->count, fit, places, detail);
}
