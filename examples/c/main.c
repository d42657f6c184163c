/* A list that two threads have one after the other, and then all of them.
 *
 * The state that the threads share is a plain struct: a version number, a pointer that stands for
 * a detached graph, and a number that stands for a frozen one. Whoever takes the pointer out has
 * the graph alone; the version tells whose turn it is. */

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "strait_list.h"

#define CHECK(condition) \
    do { \
        if (!(condition)) { \
            fprintf(stderr, "%s:%d: %s does not hold\n", __FILE__, __LINE__, #condition); \
            return NULL; \
        } \
    } while (0)

struct shared {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    uint32_t version;
    void *graph;     /* detached: NULL while a thread has it */
    uint64_t frozen; /* 0 until the graph is frozen */
};

static char done;

/* Waits for a version and takes the graph out of the struct. */
static void *take(struct shared *shared, uint32_t version) {
    pthread_mutex_lock(&shared->lock);
    while (shared->version < version) {
        pthread_cond_wait(&shared->changed, &shared->lock);
    }
    void *list = list_attach(shared->graph);
    shared->graph = NULL;
    pthread_mutex_unlock(&shared->lock);
    return list;
}

/* Puts the graph back, as a new version. */
static int put(struct shared *shared, void *list) {
    void *detached = NULL;
    int error = list_detach(list, &detached);
    if (error != LIST_OK) {
        return error;
    }
    pthread_mutex_lock(&shared->lock);
    shared->graph = detached;
    shared->version += 1;
    pthread_cond_broadcast(&shared->changed);
    pthread_mutex_unlock(&shared->lock);
    return LIST_OK;
}

/* The second thread adds to what the first has begun. */
static void *editor(void *argument) {
    struct shared *shared = argument;
    void *list = take(shared, 1);
    CHECK(list != NULL);
    CHECK(list_length(list) == 2);
    CHECK(list_push(list, "written by the second thread") == LIST_OK);
    CHECK(put(shared, list) == LIST_OK);
    return &done;
}

/* Reads the frozen list, as many do at once. */
static void *reader(void *argument) {
    struct shared *shared = argument;
    static const char *const expected[] = {
        "written by the first thread",
        "and once more",
        "written by the second thread",
    };
    for (size_t round = 0; round < 1000; round++) {
        for (size_t index = 0; index < 3; index++) {
            const uint8_t *bytes = NULL;
            size_t length = 0;
            void *pin = NULL;
            CHECK(list_pin(shared->frozen, index, &bytes, &length, &pin) == LIST_OK);
            CHECK(pin != NULL);
            CHECK(length == strlen(expected[index]));
            CHECK(memcmp(bytes, expected[index], length) == 0);
            list_unpin(pin);
        }
    }
    return &done;
}

static void *program(void) {
    struct shared shared = {
        .lock = PTHREAD_MUTEX_INITIALIZER,
        .changed = PTHREAD_COND_INITIALIZER,
    };
    pthread_t second;
    pthread_t readers[4];
    void *result = NULL;

    CHECK(pthread_create(&second, NULL, editor, &shared) == 0);
    void *list = list_new();
    CHECK(list_push(list, "written by the first thread") == LIST_OK);
    CHECK(list_push(list, "and once more") == LIST_OK);
    CHECK(put(&shared, list) == LIST_OK);

    list = take(&shared, 2);
    CHECK(pthread_join(second, &result) == 0 && result == &done);
    CHECK(list_length(list) == 3);
    printf("version %u: %zu items\n", shared.version, list_length(list));
    CHECK(put(&shared, list) == LIST_OK);

    shared.frozen = list_freeze(shared.graph);
    shared.graph = NULL;
    CHECK(shared.frozen != 0);
    for (size_t i = 0; i < 4; i++) {
        CHECK(pthread_create(&readers[i], NULL, reader, &shared) == 0);
    }
    for (size_t i = 0; i < 4; i++) {
        CHECK(pthread_join(readers[i], &result) == 0 && result == &done);
    }

    /* A pin outlives the reference; a stale reference is an error. */
    const uint8_t *bytes = NULL;
    size_t length = 0;
    void *pin = NULL;
    CHECK(list_pin(shared.frozen, 2, &bytes, &length, &pin) == LIST_OK);
    CHECK(list_dispose(shared.frozen) == LIST_OK);
    printf("pinned: %.*s\n", (int)length, (const char *)bytes);
    list_unpin(pin);
    CHECK(list_dispose(shared.frozen) == LIST_STALE);
    CHECK(list_pin(shared.frozen, 0, &bytes, &length, &pin) == LIST_STALE);
    CHECK(list_pin(12345, 0, &bytes, &length, &pin) == LIST_STALE);
    CHECK(list_push(NULL, "nowhere") == LIST_ARGUMENT);

    /* A list that is given up. */
    list = list_new();
    CHECK(list_push(list, "short-lived") == LIST_OK);
    list_free(list);

    CHECK(list_items_alive() == 0);
    printf("items left: %lld\n", (long long)list_items_alive());
    return &done;
}

int main(void) {
    return program() == &done ? 0 : 1;
}
