/* SPDX-License-Identifier: Apache-2.0 */
/* b_acl.c - brokers that admit one account: what who is refused is told. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "tests/conformance/behaviour.h"
#include "tests/conformance/scene.h"
#include "tests/conformance/sink.h"

#define NOBODY "accessKey= secretKey="
#define WRONG_SECRET "not.the.secret"
#define IMPOSTOR "secretKey=" WRONG_SECRET
#define TOKEN "to.k.en"

/* One attempt, at once, fatal; the text says what to do. */
static void expect_denied(enum rmq_error error, rmq_error_detail *detail, const char *what_to_do)
{
	const char *text = rmq_error_detail_message(detail);

	note("%s", text);
	expect_int(error, RMQ_ERR_DENIED);
	expect_int(rmq_error_detail_flags(detail), RMQ_ERROR_FATAL);
	expect(rmq_error_detail_broker_code(detail) > 0);
	expect(rmq_error_detail_remark(detail)[0] != '\0');
	expect(strstr(text, what_to_do) != NULL);
	expect(strstr(text, account_secret_key()) == NULL);
	expect(strstr(text, WRONG_SECRET) == NULL);
}

static void send_denied(const char *settings, const char *what_to_do)
{
	const char *topic = new_topic(QUEUES);
	rmq_producer *p = new_producer(settings);
	rmq_message *m = rmq_message_new(topic, "body", 4);
	rmq_error_detail *detail = NULL;
	enum rmq_error error = rmq_producer_send(p, m, NULL, NULL, &detail);

	expect_denied(error, detail, what_to_do);
	expect_int(rmq_error_detail_attempt_count(detail), 1);
	expect_int(rmq_attempt_code(rmq_error_detail_attempt_at(detail, 0)), RMQ_ERR_DENIED);
	rmq_error_detail_free(detail);
	rmq_message_free(m);
	expect_stored(topic, 0);
}

static void acl__a_send_without_credentials_is_denied(void)
{
	send_denied(NOBODY, "set accessKey and secretKey");
}

static void acl__a_send_with_a_wrong_secret_is_denied(void)
{
	char what_to_do[128];

	snprintf(what_to_do, sizeof(what_to_do), "denies access to accessKey \"%s\"",
		 account_access_key());
	send_denied(IMPOSTOR, what_to_do);
	send_denied(IMPOSTOR " serializeType=ROCKETMQ", "check accessKey, secretKey");
}

static void acl__an_unknown_account_is_denied(void)
{
	send_denied("accessKey=nobody.knows.me", "accessKey \"nobody.knows.me\"");
}

/* --- The consumer and the admin ------------------------------------------------------------- */

struct told {
	pthread_mutex_t mu;
	int refused; /* mu */
	char text[600];
};

static void on_event(const rmq_event *event, void *arg)
{
	struct told *t = arg;

	if (rmq_event_kind(event) != RMQ_EVENT_REFUSED)
		return;
	pthread_mutex_lock(&t->mu);
	t->refused++;
	snprintf(t->text, sizeof(t->text), "%s", rmq_event_text(event));
	pthread_mutex_unlock(&t->mu);
}

static int is_told(void *arg)
{
	struct told *t = arg;
	int refused;

	pthread_mutex_lock(&t->mu);
	refused = t->refused;
	pthread_mutex_unlock(&t->mu);
	return refused > 0;
}

static enum rmq_consume_status never(rmq_push_consumer *c, const rmq_message *const *messages,
				     size_t count, rmq_consume_context *context, void *arg)
{
	(void)c;
	(void)messages;
	(void)count;
	(void)context;
	(void)arg;
	fail("a message was delivered to nobody");
}

static void acl__a_consumer_is_told_why_it_is_not_ready(void)
{
	struct told told = {.mu = PTHREAD_MUTEX_INITIALIZER};
	rmq_config *c = new_config(NOBODY);
	rmq_push_consumer *consumer = NULL;
	rmq_error_detail *detail = NULL;
	enum rmq_error error;
	int64_t start;

	rmq_config_set_event_fn(c, on_event, &told);
	expect_ok(rmq_push_consumer_new(c, new_name("G"), &consumer, &detail), detail);
	expect_ok(rmq_push_consumer_subscribe(consumer, new_topic(QUEUES), "*", &detail), detail);
	expect_ok(rmq_push_consumer_set_listener(consumer, never, NULL, &detail), detail);
	expect_ok(rmq_push_consumer_start(consumer, &detail), detail);
	start = now_ms();
	error = rmq_push_consumer_wait_ready(consumer, PATIENT_MS, &detail);
	expect_denied(error, detail, "set accessKey and secretKey");
	expect(now_ms() - start < PATIENT_MS / 2);
	rmq_error_detail_free(detail);
	if (!wait_until(is_told, &told, SOON_MS))
		fail("no event tells of the refusal");
	rmq_push_consumer_free(consumer);
	expect(strstr(told.text, "set accessKey and secretKey") != NULL);
}

static void acl__the_admin_is_told_why(void)
{
	rmq_admin *admin = NULL;
	rmq_error_detail *detail = NULL;
	rmq_topic_offsets *offsets = NULL;
	enum rmq_error error;

	expect_ok(rmq_admin_new(new_config(IMPOSTOR), &admin, &detail), detail);
	error = rmq_admin_create_topic(admin, "DefaultCluster", new_name("T"), NULL, NULL, &detail);
	expect_denied(error, detail, "check accessKey, secretKey");
	rmq_error_detail_free(detail);
	detail = NULL;
	error = rmq_admin_topic_offsets(admin, new_topic(1), NULL, NULL, &offsets, &detail);
	expect_denied(error, detail, "check accessKey, secretKey");
	rmq_error_detail_free(detail);
	rmq_admin_free(admin);
}

/* --- Credentials that change ------------------------------------------------------------------ */

struct issuer {
	_Atomic int asked;
};

/* Wrong at first, as keys are that were taken back. */
static enum rmq_error issue(rmq_credentials *to, void *arg)
{
	struct issuer *i = arg;
	bool is_first = i->asked++ == 0;

	return rmq_credentials_set(to, account_access_key(),
				   is_first ? WRONG_SECRET : account_secret_key(), NULL, NULL);
}

static void acl__new_credentials_need_no_restart(void)
{
	struct issuer issuer = {0};
	const char *topic = new_topic(QUEUES);
	rmq_config *c = new_config(NOBODY);
	rmq_message *m = rmq_message_new(topic, "body", 4);
	rmq_producer *p = NULL;
	rmq_error_detail *detail = NULL;

	rmq_config_set_credentials_fn(c, issue, &issuer);
	expect_ok(rmq_producer_new(c, new_name("P"), &p, &detail), detail);
	expect_ok(rmq_producer_start(p, &detail), detail);
	expect_int(rmq_producer_send(p, m, NULL, NULL, NULL), RMQ_ERR_DENIED);
	let_pass(QUIET_MS);
	expect_ok(rmq_producer_send(p, m, NULL, NULL, &detail), detail);
	expect(issuer.asked >= 2);
	rmq_message_free(m);
	rmq_producer_free(p);
	expect_stored(topic, 1);
}

/* --- Secrets ---------------------------------------------------------------------------------- */

static struct {
	pthread_mutex_t mu;
	size_t lines; /* mu, all below */
	char secret[1024];
} seen = {.mu = PTHREAD_MUTEX_INITIALIZER};

static bool has_secret(const char *text)
{
	return strstr(text, account_secret_key()) || strstr(text, WRONG_SECRET) ||
	       strstr(text, TOKEN);
}

static void on_line(enum rmq_log_level level, const char *text, void *arg)
{
	(void)level;
	(void)arg;
	pthread_mutex_lock(&seen.mu);
	seen.lines++;
	if (has_secret(text))
		snprintf(seen.secret, sizeof(seen.secret), "%s", text);
	pthread_mutex_unlock(&seen.mu);
}

static void send_and_log(const char *settings, enum rmq_error expected)
{
	rmq_config *c = new_config(settings);
	rmq_message *m = rmq_message_new(new_topic(1), "body", 4);
	rmq_producer *p = NULL;
	rmq_error_detail *detail = NULL;

	rmq_config_set_log(c, on_line, RMQ_LOG_DEBUG, NULL);
	expect_ok(rmq_producer_new(c, new_name("P"), &p, &detail), detail);
	expect_ok(rmq_producer_start(p, &detail), detail);
	expect_int(rmq_producer_send(p, m, NULL, NULL, &detail), expected);
	expect(!has_secret(rmq_error_detail_message(detail)));
	rmq_error_detail_free(detail);
	rmq_message_free(m);
	rmq_producer_free(p);
}

static void acl__secrets_are_in_no_text(void)
{
	send_and_log("securityToken=" TOKEN, RMQ_OK);
	send_and_log(IMPOSTOR " securityToken=" TOKEN, RMQ_ERR_DENIED);
	expect(seen.lines > 0);
	if (seen.secret[0])
		fail("a line of the log: %s", seen.secret);
}

static const struct behaviour acl_list[] = {
	BEHAVIOUR(acl__a_send_without_credentials_is_denied, NEED_ACL),
	BEHAVIOUR(acl__a_send_with_a_wrong_secret_is_denied, NEED_ACL),
	BEHAVIOUR(acl__an_unknown_account_is_denied, NEED_ACL),
	BEHAVIOUR(acl__a_consumer_is_told_why_it_is_not_ready, NEED_ACL),
	BEHAVIOUR(acl__the_admin_is_told_why, NEED_ACL),
	BEHAVIOUR(acl__new_credentials_need_no_restart, NEED_ACL),
	BEHAVIOUR(acl__secrets_are_in_no_text, NEED_ACL),
};
BEHAVIOURS(acl);
