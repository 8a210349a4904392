/* SPDX-License-Identifier: Apache-2.0 */
/*
 * common.h - what every public header needs: visibility and C++ linkage.
 *
 * Conventions of the whole API (doc/api.md has them with the reasons)
 *   - Strings are UTF-8 and NUL-terminated; bodies are pointer + length.
 *   - Functions copy what they are given unless the comment says "borrowed".
 *   - "owned" results are freed by the caller with the named function; every
 *     *_free(NULL) is a no-op. "borrowed" results say how long they live.
 *   - Out parameters come last and are untouched on failure, save for the
 *     `detail` of error.h.
 *   - Times are milliseconds; -1 as a timeout means "the configured default".
 */
#ifndef ROCKETMQ_COMMON_H
#define ROCKETMQ_COMMON_H

#ifdef __cplusplus
#define RMQ_BEGIN_DECLS extern "C" {
#define RMQ_END_DECLS }
#else
#define RMQ_BEGIN_DECLS
#define RMQ_END_DECLS
#endif

#if defined(__GNUC__)
#define RMQ_API __attribute__((visibility("default")))
#define RMQ_MUST_USE __attribute__((warn_unused_result))
#else
#define RMQ_API
#define RMQ_MUST_USE
#endif

#endif
