/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/acl/plain.h"

#include <stdio.h>
#include <string.h>

#include "base/detail.h"
#include "base/mem.h"
#include "mock-broker/acl/accounts_file.h"
#include "mock-broker/ticket.h"

/* Added by Java's client to a QUERY_MESSAGE, and left out by the servers of 4.9 (MixAll). */
#define UNIQUE_MSG_QUERY_FLAG "_UNIQUE_KEY_QUERY"
#define TRACE_TOPIC "RMQ_SYS_TRACE_TOPIC"

enum { PROBLEM_MAX = 256 };

/* --- The check ------------------------------------------------------------------------------- */

/* RemotingHelper.exceptionSimpleDesc, with the lines of 4.9.7. */
static bool refuse(const struct mb_ticket *t, int line, const char *problem, struct rmqi_str what)
{
	mb_answer_error(t, RMQI_RESP_SYSTEM_ERROR,
			"org.apache.rocketmq.acl.common.AclException: %s%.*s, "
			"org.apache.rocketmq.acl.plain.PlainPermissionManager.%s("
			"PlainPermissionManager.java:%d)",
			problem, RMQI_STR_ARG(what), line < 620 ? "checkPerm" : "validate", line);
	return false;
}

static bool is_signed(const struct mb_account *a, const struct rmqi_command *c)
{
	struct rmqi_ext ext[RMQI_EXT_MAX];
	struct rmqi_signed what = {.extra = ext, .body = &c->body, .body_count = 1};
	struct rmqi_str signature = {0};

	for (size_t i = 0; i < c->ext_count; i++)
		if (!rmqi_str_is(c->ext[i].key, UNIQUE_MSG_QUERY_FLAG))
			ext[what.extra_count++] = c->ext[i];
	return rmqi_command_ext(c, RMQI_EXT_SIGNATURE, &signature) &&
	       rmqi_signature_is(a->signer, &what, signature);
}

/* Permission.ADMIN_CODE, and the accounts themselves: Apache gives these to whoever has an account. */
static bool needs_admin(int32_t code)
{
	switch (code) {
	case RMQI_REQ_UPDATE_AND_CREATE_TOPIC:
	case RMQI_REQ_UPDATE_BROKER_CONFIG:
	case RMQI_REQ_DELETE_TOPIC_IN_BROKER:
	case RMQI_REQ_UPDATE_AND_CREATE_SUBSCRIPTIONGROUP:
	case RMQI_REQ_DELETE_SUBSCRIPTIONGROUP:
	case RMQI_REQ_UPDATE_AND_CREATE_ACL_CONFIG:
	case RMQI_REQ_DELETE_ACL_CONFIG:
	case RMQI_REQ_UPDATE_GLOBAL_WHITE_ADDRS_CONFIG:
	case RMQI_REQ_GET_BROKER_CLUSTER_ACL_CONFIG:
		return true;
	default:
		return false;
	}
}

static bool refuse_admin(const struct mb_ticket *t, const struct mb_account *a)
{
	mb_answer_error(t, RMQI_RESP_SYSTEM_ERROR,
			"org.apache.rocketmq.acl.common.AclException: Need admin permission for "
			"request code=%d, but accessKey=%s is not, "
			"org.apache.rocketmq.acl.plain.PlainPermissionManager.checkPerm("
			"PlainPermissionManager.java:580)",
			(int)t->code, a->access_key);
	return false;
}

static bool is_trace(const struct mb_needs *needs)
{
	for (size_t i = 0; i < needs->count; i++)
		if (needs->at[i].actions == MB_ACTION_PUB &&
		    rmqi_str_is(needs->at[i].name, TRACE_TOPIC))
			return true;
	return false;
}

static bool may_all(const struct mb_account *a, const struct mb_ticket *t,
		    const struct mb_needs *needs)
{
	if (is_trace(needs))
		return true;
	if (needs_admin(t->code) && !a->is_admin)
		return refuse_admin(t, a);
	for (size_t i = 0; i < needs->count; i++) {
		bool is_group = needs->at[i].type == MB_RESOURCE_GROUP;

		if (!mb_account_may(a, &needs->at[i]))
			return refuse(t, 605,
				      is_group ? "No default permission for group:"
					       : "No default permission for topic:",
				      needs->at[i].name);
	}
	return true;
}

static bool check_needs(const struct mb_account *a, const struct mb_ticket *t,
			const struct rmqi_command *c)
{
	struct mb_needs needs;
	bool may = false;
	enum rmq_error err;

	mb_needs_init(&needs);
	err = mb_needs_plain(&needs, c);
	if (err == RMQ_OK)
		may = may_all(a, t, &needs);
	else
		mb_answer_error(t, RMQI_RESP_SYSTEM_ERROR,
				"org.apache.rocketmq.acl.common.AclException: %s",
				rmq_error_text(err));
	mb_needs_deinit(&needs);
	return may;
}

static bool admits(struct mb_gate *g, const struct mb_ticket *t, const struct rmqi_command *c)
{
	struct mb_plain *p = RMQI_CONTAINER(g, struct mb_plain, gate);
	const struct rmqi_host *peer = rmqi_conn_peer_host(t->conn);
	struct rmqi_str access_key = {0};
	const struct mb_account *a;

	if (mb_accounts_are_white(p->accounts, peer))
		return true;
	if (!rmqi_command_ext(c, RMQI_EXT_ACCESS_KEY, &access_key))
		return refuse(t, 663, "No accessKey is configured", access_key);
	a = mb_accounts_find(p->accounts, access_key);
	if (!a)
		return refuse(t, 667, "No acl config for ", access_key);
	if (mb_white_has(&a->white, peer))
		return true;
	if (!is_signed(a, c))
		return refuse(t, 683, "Check signature failed for accessKey=", access_key);
	return check_needs(a, t, c);
}

/* --- The accounts ------------------------------------------------------------------------------------ */

/* Frees a text that holds secrets. */
static void wipe(struct rmqi_buf *text)
{
	size_t len = text->len;
	uint8_t *at;

	rmqi_buf_cut(text, 0);
	if (len && rmqi_buf_reserve(text, len, &at) == RMQ_OK)
		explicit_bzero(at, len);
	rmqi_buf_deinit(text);
}

static void swap(struct mb_plain *p, struct mb_accounts *next)
{
	mb_accounts_free(p->accounts);
	p->accounts = next;
}

/* Reads the file when it is another one than before. RMQ_AGAIN: it is not. */
static enum rmq_error read_file(struct mb_plain *p, char *problem, size_t size)
{
	struct mb_accounts *next = NULL;
	struct rmqi_buf text;
	enum rmq_error err;
	uint64_t seen = 0;

	rmqi_buf_init(&text, MB_ACCOUNTS_FILE_MAX);
	err = p->fs->read_file(p->fs, p->path, &text);
	if (err == RMQ_OK)
		seen = rmqi_str_hash(rmqi_str_n(rmqi_buf_data(&text), text.len)) | 1;
	else
		(void)snprintf(problem, size, "%s", rmq_error_text(err));
	if (seen == p->seen && err == RMQ_OK)
		err = RMQ_AGAIN;
	else if (err == RMQ_OK)
		err = mb_accounts_parse(rmqi_str_n(rmqi_buf_data(&text), text.len), &next, problem,
					size);
	if (err == RMQ_OK)
		swap(p, next);
	if (seen == 0 && p->seen == 2)
		err = RMQ_AGAIN; /* told before */
	p->seen = seen ? seen : 2;
	wipe(&text);
	return err;
}

void mb_plain_reload(struct mb_plain *p)
{
	char problem[PROBLEM_MAX] = "";
	enum rmq_error err = p->path ? read_file(p, problem, sizeof(problem)) : RMQ_AGAIN;

	if (err == RMQ_OK)
		RMQI_LOG(p->log, RMQ_LOG_INFO, "acl: %s was read again: %zu accounts", p->path,
			 p->accounts->count);
	else if (err != RMQ_AGAIN)
		RMQI_LOG(p->log, RMQ_LOG_WARN,
			 "acl: %s has changed and cannot be read, so the accounts stay as they are: %s",
			 p->path, problem);
}

static void look(struct rmqi_timer *t)
{
	struct mb_plain *p = RMQI_CONTAINER(t, struct mb_plain, watch);

	mb_plain_reload(p);
	rmqi_timer_start_ms(&p->watch, MB_PLAIN_WATCH_MS);
}

static struct mb_plain *plain_new(void)
{
	struct mb_plain *p = rmqi_calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->gate.admits = admits;
	p->accounts = mb_accounts_new();
	if (p->accounts)
		return p;
	rmqi_free(p);
	return NULL;
}

void mb_plain_free(struct mb_plain *p)
{
	if (!p)
		return;
	if (p->path)
		rmqi_timer_deinit(&p->watch);
	mb_accounts_free(p->accounts);
	rmqi_free(p->path);
	rmqi_free(p);
}

enum rmq_error mb_plain_new_account(const char *access_key, const char *secret_key,
				    struct mb_plain **out)
{
	struct mb_plain *p = plain_new();
	struct mb_account *a = mb_account_new();
	enum rmq_error err = p && a ? RMQ_OK : RMQ_ERR_NO_MEMORY;

	if (err == RMQ_OK)
		err = mb_account_set_text(&a->access_key, rmqi_str(access_key));
	if (err == RMQ_OK)
		err = mb_account_set_text(&a->secret_key, rmqi_str(secret_key));
	if (err == RMQ_OK)
		err = rmqi_signer_new(rmqi_str(secret_key), &a->signer);
	if (err == RMQ_OK)
		a->is_admin = true;
	if (err == RMQ_OK)
		err = mb_accounts_add(p->accounts, a);
	if (err == RMQ_OK) {
		*out = p;
		return RMQ_OK;
	}
	mb_account_free(a);
	mb_plain_free(p);
	return err;
}

enum rmq_error mb_plain_new_file(const struct mb_plain_config *config, struct mb_plain **out,
				 struct rmq_error_detail *detail)
{
	struct mb_plain *p = plain_new();
	char problem[PROBLEM_MAX] = "";
	enum rmq_error err = RMQ_ERR_NO_MEMORY;

	if (!p)
		return err;
	p->fs = config->fs;
	p->log = config->log;
	if (rmqi_timer_init(&p->watch, config->timers, look) == RMQ_OK) {
		p->path = rmqi_strdup(config->path);
		if (!p->path)
			rmqi_timer_deinit(&p->watch);
	}
	if (p->path)
		err = read_file(p, problem, sizeof(problem));
	if (err == RMQ_OK) {
		rmqi_timer_start_ms(&p->watch, MB_PLAIN_WATCH_MS);
		*out = p;
		return RMQ_OK;
	}
	mb_plain_free(p);
	return rmqi_detail_set(detail, err, RMQ_ERROR_FATAL, "the accounts of %s: %s", config->path,
			       problem);
}

enum rmq_error mb_plain_copy(const struct mb_plain *p, struct mb_accounts **out)
{
	char problem[PROBLEM_MAX];
	struct rmqi_buf text;
	enum rmq_error err;

	rmqi_buf_init(&text, MB_ACCOUNTS_FILE_MAX);
	mb_accounts_write(p->accounts, &text);
	err = rmqi_buf_status(&text);
	if (err == RMQ_OK)
		err = mb_accounts_parse(rmqi_str_n(rmqi_buf_data(&text), text.len), out, problem,
					sizeof(problem));
	wipe(&text);
	return err;
}

enum rmq_error mb_plain_take(struct mb_plain *p, struct mb_accounts *next, int64_t now_ms)
{
	struct rmqi_buf text;
	enum rmq_error err;

	next->counter++;
	next->timestamp = now_ms;
	rmqi_buf_init(&text, MB_ACCOUNTS_FILE_MAX);
	mb_accounts_write(next, &text);
	err = rmqi_buf_status(&text);
	if (err == RMQ_OK)
		err = p->fs->replace_secret(p->fs, p->path, rmqi_buf_data(&text), text.len);
	if (err == RMQ_OK) {
		p->seen = rmqi_str_hash(rmqi_str_n(rmqi_buf_data(&text), text.len)) | 1;
		swap(p, next);
	} else {
		mb_accounts_free(next);
	}
	wipe(&text);
	return err;
}
