/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stream_tls.c - TLS over a socket, through a BIO of our own.
 *
 *     read   <-- SSL <-- in  <-- recv (32 KiB at once)
 *     writev --> SSL --> out --> send (all records of a flush at once)
 *
 * OpenSSL's socket BIO would make two reads and one write a record. `in` and
 * `out` hold ciphertext. What writev takes has been sealed; it refuses more when
 * OUT_MAX is in `out`. A flush hands over all frames at once, so records are
 * full (16 KiB) and few.
 *
 *     SHAKING --> OPEN       READY was told
 *        +------> BROKEN     FAILED was told
 *
 * What was read off the socket and lies in SSL or `in` raises no event: when a
 * read ended because the reader's room was full (`may_have_more`), a task of the
 * loop stands in for the event.
 */
#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "base/buf.h"
#include "base/mem.h"
#include "net/poller.h"
#include "net/stream.h"
#include "net/tls_impl.h"

enum {
	RECV_SIZE = 32 * 1024,
	IN_MAX = 64 * 1024,
	OUT_MAX = 256 * 1024,
	OUT_LOW = OUT_MAX / 2,             /* WRITABLE is told below it */
	OUT_HARD_MAX = OUT_MAX + 64 * 1024 /* with the last record and alerts */
};

enum state { SHAKING, OPEN, BROKEN };

struct tls {
	struct rmqi_stream s;
	enum state state;
	SSL *ssl;
	int fd;
	struct rmqi_watch watch;
	bool wants_read;
	bool wants_write;
	bool may_have_more;
	bool has_eof;
	bool is_closed;
	bool is_posted;
	struct rmqi_task task;
	int code; /* errno of the socket or of its watch, 0 */
	struct rmqi_buf in;
	struct rmqi_buf out;
};

/* --- The BIO ------------------------------------------------------------------------------- */

/* 1: there are bytes, 0: end, -1: not now, or an error (code). */
static int fill(struct tls *t)
{
	uint8_t *at;
	ssize_t n;

	if (t->in.len > 0)
		return 1;
	if (t->has_eof)
		return 0;
	if (rmqi_buf_reserve(&t->in, RECV_SIZE, &at) != RMQ_OK) {
		t->code = ENOMEM;
		return -1;
	}
	do
		n = recv(t->fd, at, RECV_SIZE, MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	if (n < 0) {
		if (errno != EAGAIN && errno != EWOULDBLOCK)
			t->code = errno;
		return -1;
	}
	rmqi_buf_commit(&t->in, (size_t)n);
	t->has_eof = n == 0;
	return n > 0;
}

static int bio_read(BIO *b, char *buf, int size)
{
	struct tls *t = BIO_get_data(b);
	int got = fill(t);
	size_t n;

	BIO_clear_retry_flags(b);
	if (got < 0 && t->code == 0)
		BIO_set_retry_read(b);
	if (got <= 0)
		return got;
	n = t->in.len < (size_t)size ? t->in.len : (size_t)size;
	memcpy(buf, rmqi_buf_data(&t->in), n);
	rmqi_buf_drop(&t->in, n);
	return (int)n;
}

static int bio_write(BIO *b, const char *buf, int size)
{
	struct tls *t = BIO_get_data(b);
	uint8_t *at;

	BIO_clear_retry_flags(b);
	if (rmqi_buf_reserve(&t->out, (size_t)size, &at) != RMQ_OK) {
		t->code = ENOMEM;
		return -1;
	}
	memcpy(at, buf, (size_t)size);
	rmqi_buf_commit(&t->out, (size_t)size);
	return size;
}

static long bio_ctrl(BIO *b, int command, long number, void *ptr)
{
	const struct tls *t = BIO_get_data(b);

	(void)number;
	(void)ptr;
	if (command == BIO_CTRL_FLUSH)
		return 1; /* we flush when the flush of the connection is over */
	if (command == BIO_CTRL_EOF)
		return t->has_eof && t->in.len == 0;
	return 0;
}

BIO_METHOD *rmqi_tls_bio_method(void)
{
	BIO_METHOD *m = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "rmqi");

	if (m && BIO_meth_set_read(m, bio_read) && BIO_meth_set_write(m, bio_write) &&
	    BIO_meth_set_ctrl(m, bio_ctrl))
		return m;
	BIO_meth_free(m);
	return NULL;
}

/* --- Socket and events ------------------------------------------------------------------------ */

/* Sends what is sealed, as far as it goes. A failure shows in `code`. */
static void send_out(struct tls *t)
{
	while (t->out.len > 0 && t->code == 0) {
		ssize_t n = send(t->fd, rmqi_buf_data(&t->out), t->out.len,
				 MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n >= 0)
			rmqi_buf_drop(&t->out, (size_t)n);
		else if (errno == EAGAIN || errno == EWOULDBLOCK)
			return;
		else if (errno != EINTR)
			t->code = errno;
	}
}

static bool can_tell_readable(const struct tls *t)
{
	return t->state == OPEN && t->wants_read;
}

/* Is there something to read that no event will tell? */
static bool has_more(const struct tls *t)
{
	return can_tell_readable(t) && (t->may_have_more || t->code);
}

static bool can_tell_writable(const struct tls *t)
{
	return t->state == OPEN && t->wants_write && (t->out.len < OUT_LOW || t->code);
}

/* Watches what has to be watched, and posts the task for what no event will tell. */
static void update(struct tls *t)
{
	unsigned wanted = 0;
	int code;

	if (t->is_closed)
		return;
	if (t->state == SHAKING || can_tell_readable(t))
		wanted |= RMQI_READABLE;
	if (t->out.len > 0 && t->code == 0)
		wanted |= RMQI_WRITABLE;
	code = rmqi_watch_set(&t->watch, wanted);
	if (code && t->code == 0)
		t->code = code; /* as if the socket had failed */
	if (t->is_posted || !(has_more(t) || can_tell_writable(t)))
		return;
	t->is_posted = true;
	rmqi_loop_post(t->s.loop, &t->task);
}

/* --- Failure ------------------------------------------------------------------------------------- */

static void note_verify_failure(struct tls *t, char *text, size_t size)
{
	long result = SSL_get_verify_result(t->ssl);
	size_t len = strlen(text);

	if (result != X509_V_OK && len < size)
		snprintf(text + len, size - len, " (%s)", X509_verify_cert_error_string(result));
}

/* The peer wants to know who we are, and nobody said so. */
static bool lacks_certificate(const struct tls *t)
{
	int reason = ERR_GET_REASON(ERR_peek_error());

	return !SSL_is_server(t->ssl) && !SSL_get_certificate(t->ssl) &&
	       (reason == SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED ||
		reason == SSL_R_SSLV3_ALERT_BAD_CERTIFICATE ||
		reason == SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE);
}

static void add_hint(struct tls *t, const char *hint)
{
	size_t len = strlen(t->s.reason);

	snprintf(t->s.reason + len, sizeof(t->s.reason) - len, "%s", hint);
}

/* Puts the reason of a failed SSL call into words. */
static enum rmq_error explain(struct tls *t, int ssl_error)
{
	bool is_anonymous = lacks_certificate(t);
	char text[200];

	if (t->code) {
		ERR_clear_error();
		return rmqi_stream_lost(&t->s, t->code);
	}
	if (ssl_error == SSL_ERROR_SSL && ERR_peek_error()) {
		rmqi_tls_error_text(text, sizeof(text));
		note_verify_failure(t, text, sizeof(text));
		snprintf(t->s.reason, sizeof(t->s.reason), "%s", text);
		if (is_anonymous)
			add_hint(t, "; no client certificate is set (tlsCertFile, tlsKeyFile)");
	} else {
		snprintf(t->s.reason, sizeof(t->s.reason), "the peer closed the connection");
	}
	ERR_clear_error();
	return RMQ_ERR_TLS;
}

/* --- Handshake -------------------------------------------------------------------------------------- */

/* What a peer does that does not speak TLS: it hangs up, or answers in plain text. */
static bool is_no_tls(const struct tls *t)
{
	unsigned long code = ERR_peek_error();
	int reason = ERR_GET_REASON(code);

#ifdef SSL_R_UNEXPECTED_EOF_WHILE_READING
	if (reason == SSL_R_UNEXPECTED_EOF_WHILE_READING)
		reason = 0;
#endif
	return !SSL_is_server(t->ssl) &&
	       (code == 0 || reason == 0 || reason == SSL_R_WRONG_VERSION_NUMBER);
}

/* The last thing that a callback does, as of shake: the stream may be gone afterwards. */
static void fail(struct tls *t, int ssl_error)
{
	bool is_foreign = is_no_tls(t);

	explain(t, ssl_error);
	if (is_foreign)
		add_hint(t, " (does the peer speak TLS? useTLS is on)");
	t->s.error = RMQ_ERR_TLS;
	t->state = BROKEN;
	update(t);
	t->s.fn(&t->s, RMQI_STREAM_FAILED);
}

static void shake(struct tls *t)
{
	int rc, ssl_error;
	bool is_waiting;

	ERR_clear_error();
	rc = SSL_do_handshake(t->ssl);
	ssl_error = rc == 1 ? SSL_ERROR_NONE : SSL_get_error(t->ssl, rc);
	is_waiting = ssl_error == SSL_ERROR_WANT_READ || ssl_error == SSL_ERROR_WANT_WRITE;
	send_out(t);
	if (rc == 1) {
		t->state = OPEN;
		t->may_have_more = true;
	}
	update(t);
	if (rc == 1)
		t->s.fn(&t->s, RMQI_STREAM_READY);
	else if (!is_waiting || t->code)
		fail(t, ssl_error);
}

/* --- Events -------------------------------------------------------------------------------------------- */

static void free_stream(struct tls *t)
{
	SSL_free(t->ssl);
	rmqi_buf_deinit(&t->in);
	rmqi_buf_deinit(&t->out);
	rmqi_free(t);
}

static void on_shaking(struct tls *t, unsigned ready)
{
	if (ready & RMQI_READABLE) {
		shake(t);
		return;
	}
	send_out(t);
	update(t);
	if (t->code)
		fail(t, SSL_ERROR_SYSCALL);
}

static void on_ready(struct rmqi_watch *w, unsigned ready)
{
	struct tls *t = RMQI_CONTAINER(w, struct tls, watch);

	if (t->state == SHAKING) {
		on_shaking(t, ready);
		return;
	}
	if (ready & RMQI_READABLE)
		t->s.fn(&t->s, RMQI_STREAM_READABLE); /* closing is not allowed there */
	if (ready & RMQI_WRITABLE)
		send_out(t);
	if (ready & RMQI_WRITABLE && can_tell_writable(t))
		t->s.fn(&t->s, RMQI_STREAM_WRITABLE);
	update(t);
}

static void run_task(struct rmqi_task *task)
{
	struct tls *t = RMQI_CONTAINER(task, struct tls, task);

	t->is_posted = false;
	if (t->is_closed) {
		free_stream(t);
		return;
	}
	if (has_more(t))
		t->s.fn(&t->s, RMQI_STREAM_READABLE);
	if (can_tell_writable(t))
		t->s.fn(&t->s, RMQI_STREAM_WRITABLE);
	update(t);
}

/* --- The stream's operations ------------------------------------------------------------------------------ */

static enum rmq_error tls_read(struct rmqi_stream *s, uint8_t *buf, size_t cap, size_t *n)
{
	struct tls *t = RMQI_CONTAINER(s, struct tls, s);
	size_t got = 0, total = 0;
	int ssl_error;

	ERR_clear_error();
	while (total < cap && SSL_read_ex(t->ssl, buf + total, cap - total, &got) == 1)
		total += got;
	t->may_have_more = total == cap;
	if (total > 0) {
		*n = total;
		ERR_clear_error(); /* an error comes again */
		return RMQ_OK;
	}
	ssl_error = SSL_get_error(t->ssl, 0);
	if (t->code == 0 && (ssl_error == SSL_ERROR_WANT_READ || ssl_error == SSL_ERROR_WANT_WRITE))
		return RMQ_AGAIN;
	if (ssl_error == SSL_ERROR_ZERO_RETURN || (t->code == 0 && t->has_eof && t->in.len == 0)) {
		ERR_clear_error();
		*n = 0;
		return RMQ_OK;
	}
	return explain(t, ssl_error);
}

/* False: enough for now, or an error. */
static bool seal(struct tls *t, const struct iovec *iov, size_t *taken, int *ssl_error)
{
	const char *from = iov->iov_base;
	size_t done = 0, n;

	while (done < iov->iov_len) {
		if (t->out.len >= OUT_MAX)
			send_out(t);
		if (t->out.len >= OUT_MAX || t->code)
			break;
		if (SSL_write_ex(t->ssl, from + done, iov->iov_len - done, &n) != 1) {
			*ssl_error = SSL_get_error(t->ssl, 0);
			break;
		}
		done += n;
	}
	*taken += done;
	return done == iov->iov_len;
}

static enum rmq_error tls_writev(struct rmqi_stream *s, const struct iovec *iov, int count,
				 size_t *n)
{
	struct tls *t = RMQI_CONTAINER(s, struct tls, s);
	int ssl_error = SSL_ERROR_NONE;
	size_t taken = 0;

	ERR_clear_error();
	for (int i = 0; i < count; i++)
		if (!seal(t, &iov[i], &taken, &ssl_error))
			break;
	send_out(t);
	update(t);
	if (t->code || ssl_error == SSL_ERROR_SSL || ssl_error == SSL_ERROR_SYSCALL)
		return explain(t, ssl_error);
	if (taken == 0)
		return RMQ_AGAIN;
	*n = taken;
	return RMQ_OK;
}

static enum rmq_error tls_want(struct rmqi_stream *s, bool read, bool write)
{
	struct tls *t = RMQI_CONTAINER(s, struct tls, s);

	t->wants_read = read;
	t->wants_write = write;
	update(t);
	return t->code ? rmqi_stream_lost(s, t->code) : RMQ_OK;
}

static void tls_close(struct rmqi_stream *s)
{
	struct tls *t = RMQI_CONTAINER(s, struct tls, s);

	if (t->state == OPEN && t->code == 0) {
		ERR_clear_error();
		SSL_shutdown(t->ssl); /* our close_notify; we do not wait for the peer's */
		ERR_clear_error();
		send_out(t);
	}
	t->is_closed = true;
	rmqi_watch_stop(&t->watch);
	close(t->fd);
	if (!t->is_posted)
		free_stream(t);
}

static void tls_abort(struct rmqi_stream *s)
{
	struct tls *t = RMQI_CONTAINER(s, struct tls, s);
	struct linger now = {.l_onoff = 1, .l_linger = 0};

	t->state = BROKEN;
	setsockopt(t->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	tls_close(s);
}

static const struct rmqi_stream_ops tls_ops = {
	.read = tls_read,
	.writev = tls_writev,
	.want = tls_want,
	.close = tls_close,
	.abort = tls_abort,
};

/* --- Setting up ---------------------------------------------------------------------------------------------- */

static bool is_numeric(const char *host)
{
	unsigned char ip[16];

	return inet_pton(AF_INET, host, ip) == 1 || inet_pton(AF_INET6, host, ip) == 1;
}

/* Whom the certificate must name, and SNI. */
static bool expect_host(struct tls *t, const struct rmqi_tls *tls, const char *host)
{
	X509_VERIFY_PARAM *param = SSL_get0_param(t->ssl);

	if (tls->server_name)
		host = tls->server_name;
	if (!is_numeric(host)) {
		/* SSL_set_tlsext_host_name is a macro that casts const away; this is what it does. */
		if (SSL_ctrl(t->ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
			     (void *)(uintptr_t)host) != 1)
			return false;
		return tls->skip_verify || tls->skip_host_check || SSL_set1_host(t->ssl, host) == 1;
	}
	return tls->skip_verify || tls->skip_host_check ||
	       X509_VERIFY_PARAM_set1_ip_asc(param, host) == 1;
}

static bool set_up_ssl(struct tls *t, struct rmqi_tls *tls, const char *host)
{
	BIO *bio;

	t->ssl = SSL_new(tls->ctx);
	if (!t->ssl)
		return false;
	bio = BIO_new(tls->bio);
	if (!bio)
		return false;
	BIO_set_data(bio, t);
	BIO_set_init(bio, 1);
	SSL_set_bio(t->ssl, bio, bio);
	if (tls->is_server) {
		SSL_set_accept_state(t->ssl);
		return true;
	}
	SSL_set_connect_state(t->ssl);
	return expect_host(t, tls, host);
}

static void run_first(struct rmqi_task *task)
{
	struct tls *t = RMQI_CONTAINER(task, struct tls, task);

	t->is_posted = false;
	t->task.run = run_task;
	if (t->is_closed)
		free_stream(t);
	else
		shake(t);
}

enum rmq_error rmqi_stream_tls_new(struct rmqi_loop *l, int fd, struct rmqi_tls *tls,
				   const char *host, struct rmqi_stream **out)
{
	struct tls *t = rmqi_calloc(1, sizeof(*t));

	if (!t) {
		close(fd);
		return RMQ_ERR_NO_MEMORY;
	}
	t->s.ops = &tls_ops;
	t->s.loop = l;
	t->s.fd = -1;
	t->s.is_tls = true;
	t->fd = fd;
	t->state = SHAKING;
	rmqi_buf_init(&t->in, IN_MAX);
	rmqi_buf_init(&t->out, OUT_HARD_MAX);
	rmqi_watch_init(&t->watch, rmqi_loop_poller(l), fd, on_ready);
	if (!set_up_ssl(t, tls, host)) {
		ERR_clear_error();
		t->state = BROKEN;
		tls_close(&t->s);
		return RMQ_ERR_TLS;
	}
	rmqi_stream_tune(fd);
	rmqi_stream_name(&t->s, fd);
	/* The first step is a task, so that READY and FAILED never come from within this function. */
	t->task.run = run_first;
	t->is_posted = true;
	rmqi_loop_post(l, &t->task);
	*out = &t->s;
	return RMQ_OK;
}
