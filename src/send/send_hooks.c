/* SPDX-License-Identifier: Apache-2.0 */
#include "send/send_hooks.h"

#include <stdio.h>
#include <string.h>

#include "base/detail.h"
#include "base/mem.h"
#include "client/callbacks.h"
#include "client/message.h"
#include "send/async.h"
#include "send/result.h"
#include "send/sync.h"

static int64_t now_us(const struct rmq_send_context *c)
{
	return rmqi_clock_us(rmqi_hook_set_clock(c->hooks));
}

/* --- The context ----------------------------------------------------------------------------------- */

static void free_context(struct rmq_send_context *c)
{
	rmqi_hook_set_unref(c->hooks);
	rmqi_gate_unref(c->gate);
	rmqi_free(c->topic);
	rmqi_free(c->kept_result);
	rmq_error_detail_free(c->kept_detail);
	rmqi_free(c->properties);
	rmqi_buf_deinit(&c->added);
	rmqi_free(c);
}

static struct rmq_send_context *make(struct rmqi_sender *s, const struct rmq_message *m,
				     enum rmq_send_mode mode)
{
	struct rmq_send_context *c = rmqi_calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	rmqi_buf_init(&c->added, 64 * 1024);
	c->hooks = rmqi_hook_set_ref(s->hooks);
	c->message = m;
	c->mode = mode;
	c->began_us = now_us(c);
	c->topic = rmqi_strdup(rmq_message_topic(m));
	if (c->topic)
		return c;
	free_context(c);
	return NULL;
}

static const char *next_text(const char *at)
{
	return at + strlen(at) + 1;
}

/* All pairs but the one of this name. */
static size_t copy_others(const struct rmq_send_context *c, const char *name, struct rmqi_buf *out)
{
	const char *at = (const char *)rmqi_buf_data(&c->added);
	size_t kept = 0;

	for (size_t i = 0; i < c->added_count; i++) {
		const char *value = next_text(at);

		if (strcmp(at, name) != 0) {
			rmqi_buf_add(out, at, strlen(at) + 1);
			rmqi_buf_add(out, value, strlen(value) + 1);
			kept++;
		}
		at = next_text(value);
	}
	return kept;
}

enum rmq_error rmqi_send_context_put(struct rmq_send_context *c, const char *name,
				     const char *value)
{
	struct rmqi_buf fresh;
	enum rmq_error err;
	size_t kept;

	rmqi_buf_init(&fresh, c->added.max);
	kept = copy_others(c, name, &fresh);
	rmqi_buf_add(&fresh, name, strlen(name) + 1);
	rmqi_buf_add(&fresh, value, strlen(value) + 1);
	err = kept >= RMQI_HOOK_PROPERTIES ? RMQ_ERR_TOO_LARGE : rmqi_buf_status(&fresh);
	if (err == RMQ_OK) {
		rmqi_buf_swap(&c->added, &fresh);
		c->added_count = kept + 1;
	}
	rmqi_buf_deinit(&fresh);
	return err;
}

/* The library's own stand behind those of hooks, and so count. */
static enum rmq_error merge(struct rmq_send_context *c, const struct rmqi_send_extra *own)
{
	const char *at = (const char *)rmqi_buf_data(&c->added);
	size_t own_count = 0, count = 0;

	if (own)
		c->extra = *own;
	if (c->added_count == 0)
		return RMQ_OK;
	while (own && own->properties && own->properties[own_count])
		own_count++;
	c->properties = rmqi_calloc(2 * c->added_count + own_count + 1, sizeof(*c->properties));
	if (!c->properties)
		return RMQ_ERR_NO_MEMORY;
	for (; count < 2 * c->added_count; at = next_text(at))
		c->properties[count++] = at;
	for (size_t i = 0; i < own_count; i++)
		c->properties[count++] = own->properties[i];
	c->extra.properties = c->properties;
	c->extra.replaces = true;
	return RMQ_OK;
}

/* --- The calls ------------------------------------------------------------------------------------- */

/* Ends the context. */
static void call_after(struct rmq_send_context *c, enum rmq_error error,
		       const struct rmq_send_result *result, const struct rmq_error_detail *detail)
{
	c->is_over = true;
	c->message = NULL;
	c->error = error;
	c->result = result;
	c->detail = error == RMQ_OK ? NULL : detail;
	c->latency_us = now_us(c) - c->began_us;
	while (c->begun > 0) {
		const struct rmqi_send_hook *hook = rmqi_hook_set_at(c->hooks, --c->begun);

		c->current = c->begun;
		if (hook->after)
			hook->after(c, hook->arg);
	}
	free_context(c);
}

static enum rmq_error call_before(struct rmq_send_context *c, struct rmq_error_detail *detail)
{
	for (; c->begun < rmqi_hook_set_count(c->hooks); c->begun++) {
		const struct rmqi_send_hook *hook = rmqi_hook_set_at(c->hooks, c->begun);
		enum rmq_error err = RMQ_OK;

		c->current = c->begun;
		if (hook->before)
			err = hook->before(c, hook->arg);
		if (err != RMQ_OK)
			return rmqi_detail_set(detail, err, RMQ_ERROR_FATAL,
					       "not sent: refused by a hook: %s",
					       c->reason[0] ? c->reason : rmq_error_text(err));
	}
	return RMQ_OK;
}

/* Without RMQ_OK every hook has had its `after`, and there is no context. */
static enum rmq_error begin(struct rmqi_sender *s, const struct rmq_message *m,
			    enum rmq_send_mode mode, struct rmqi_send_how *how,
			    struct rmq_send_context **out, struct rmq_error_detail *detail)
{
	struct rmq_send_context *c = make(s, m, mode);
	enum rmq_error err;

	if (!c)
		return rmqi_detail_set(detail, RMQ_ERR_NO_MEMORY, 0, "out of memory");
	err = call_before(c, detail);
	if (err != RMQ_OK) {
		rmqi_sender_count_refused(s, err);
	} else {
		err = merge(c, how->extra);
		if (err != RMQ_OK)
			rmqi_detail_set(detail, err, 0, "out of memory");
	}
	if (err != RMQ_OK) {
		call_after(c, err, NULL, detail);
		return err;
	}
	how->extra = &c->extra;
	*out = c;
	return RMQ_OK;
}

static struct rmqi_send_how copy(const struct rmqi_send_how *how)
{
	return how ? *how : (struct rmqi_send_how){0};
}

bool rmqi_sender_has_hooks(const struct rmqi_sender *s)
{
	return s->hooks != NULL;
}

enum rmq_error rmqi_hooked_send(struct rmqi_sender *s, const struct rmq_message *m,
				const struct rmqi_send_how *how, struct rmq_send_result **result,
				struct rmq_error_detail *detail)
{
	struct rmqi_send_how mine = copy(how);
	struct rmq_send_context *c = NULL;
	struct rmq_send_result *r = NULL;
	enum rmq_error err;

	if (!rmqi_sender_has_hooks(s))
		return rmqi_send_sync(s, m, how, result, detail);
	err = begin(s, m, RMQ_SEND_SYNC, &mine, &c, detail);
	if (err != RMQ_OK)
		return err;
	err = rmqi_send_sync(s, m, &mine, &r, detail);
	call_after(c, err, r, detail);
	if (err == RMQ_OK && result)
		*result = r;
	else
		rmqi_free(r);
	return err;
}

static void on_sent(enum rmq_error error, const struct rmq_send_result *result,
		    const struct rmq_error_detail *detail, void *arg)
{
	struct rmq_send_context *c = arg;
	rmq_send_fn fn = c->fn;
	void *fn_arg = c->arg;

	call_after(c, error, result, detail);
	fn(error, result, detail, fn_arg);
}

static void run_after(struct rmqi_task *task)
{
	struct rmq_send_context *c = RMQI_CONTAINER(task, struct rmq_send_context, task);

	call_after(c, c->error, c->kept_result, c->kept_detail);
}

/* Hooks are the user's, and not for the loop; but with the producer gone this is the callback thread of a selector
 * that outlived it, and there is no other. Without memory they see neither result nor detail. */
static void on_sent_on_loop(enum rmq_error error, const struct rmq_send_result *result,
			    const struct rmq_error_detail *detail, void *arg)
{
	struct rmq_send_context *c = arg;
	struct rmqi_gate *gate = rmqi_gate_ref(c->gate);
	rmq_send_fn fn = c->fn;
	void *fn_arg = c->arg;

	c->error = error;
	c->kept_result = result ? rmqi_send_result_dup(result) : NULL;
	c->kept_detail = detail ? rmqi_detail_new() : NULL;
	rmqi_detail_copy(c->kept_detail, detail);
	c->task.run = run_after;
	if (rmqi_gate_enter(gate)) {
		rmqi_client_callback(c->client, &c->task);
		rmqi_gate_leave(gate);
	} else {
		run_after(&c->task);
	}
	rmqi_gate_unref(gate);
	fn(error, result, detail, fn_arg);
}

enum rmq_error rmqi_hooked_send_async(struct rmqi_sender *s, const struct rmq_message *m,
				      const struct rmqi_send_how *how, rmq_send_fn fn, void *arg,
				      struct rmq_error_detail *detail)
{
	struct rmqi_send_how mine = copy(how);
	struct rmq_send_context *c = NULL;
	enum rmq_error err;

	if (!rmqi_sender_has_hooks(s))
		return rmqi_send_async(s, m, how, fn, arg, detail);
	err = begin(s, m, RMQ_SEND_ASYNC, &mine, &c, detail);
	if (err != RMQ_OK)
		return err;
	c->message = NULL;
	c->client = s->client;
	c->gate = rmqi_gate_ref(s->gate);
	c->fn = fn;
	c->arg = arg;
	err = rmqi_send_async(s, m, &mine, mine.ends_on_loop ? on_sent_on_loop : on_sent, c,
			      detail);
	if (err != RMQ_OK)
		call_after(c, err, NULL, detail);
	return err;
}

enum rmq_error rmqi_hooked_send_oneway(struct rmqi_sender *s, const struct rmq_message *m,
				       const struct rmqi_send_how *how,
				       struct rmq_error_detail *detail)
{
	struct rmqi_send_how mine = copy(how);
	struct rmq_send_context *c = NULL;
	enum rmq_error err;

	if (!rmqi_sender_has_hooks(s))
		return rmqi_send_oneway(s, m, how, detail);
	err = begin(s, m, RMQ_SEND_ONEWAY, &mine, &c, detail);
	if (err != RMQ_OK)
		return err;
	err = rmqi_send_oneway(s, m, &mine, detail);
	call_after(c, err, NULL, detail);
	return err;
}

/* --- W3C Trace Context ------------------------------------------------------------------------------ */

/* `len` lower-case hexadecimal digits, and not all 0 unless that is allowed. */
static bool is_hex(const char *text, size_t len, bool may_be_zero)
{
	bool is_zero = true;

	for (size_t i = 0; i < len; i++) {
		char d = text[i];

		if (!((d >= '0' && d <= '9') || (d >= 'a' && d <= 'f')))
			return false;
		is_zero &= d == '0';
	}
	return may_be_zero || !is_zero;
}

const char *rmqi_traceparent_problem(const char *text)
{
	if (strlen(text) < 55 || text[2] != '-' || text[35] != '-' || text[52] != '-')
		return "is not <version>-<trace id>-<parent id>-<flags>";
	if (!is_hex(text, 2, true) || strncmp(text, "ff", 2) == 0)
		return "has no version of two hexadecimal digits (ff is none)";
	if (!is_hex(text + 3, 32, false))
		return "has no trace id of 32 lower-case hexadecimal digits, not all 0";
	if (!is_hex(text + 36, 16, false))
		return "has no parent id of 16 lower-case hexadecimal digits, not all 0";
	if (!is_hex(text + 53, 2, true))
		return "has no flags of two hexadecimal digits";
	/* A later version may add to it. */
	if (text[55] && (strncmp(text, "00", 2) == 0 || text[55] != '-'))
		return "has more behind its flags than its version allows";
	return NULL;
}
