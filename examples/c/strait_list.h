/* Made from src/lib.rs by `cargo x c --write`; do not edit. */

#ifndef STRAIT_LIST_H
#define STRAIT_LIST_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The call did what it says. */
#define LIST_OK 0

/* The graph is held from elsewhere and does not move; it is still there. */
#define LIST_HELD 1

/* The reference has been disposed of, or never was one. */
#define LIST_STALE 2

/* An argument is null, or no text. */
#define LIST_ARGUMENT 3

/* The library is at fault. */
#define LIST_PANIC 4

/* A new list of this thread, or null. It is to be given to list_detach or list_free. */
void *list_new(void);

/* Adds an item at the end of a list of this thread.
 *
 * Safety
 * list is a list of this thread; text is null or a text that ends with a zero. */
int32_t list_push(void *list, const char *text);

/* How many items a list of this thread has.
 *
 * Safety
 * list is a list of this thread. */
size_t list_length(void *list);

/* Frees a list of this thread.
 *
 * Safety
 * list is null or a list of this thread, and not used any more. */
void list_free(void *list);

/* Makes a list movable. *detached is then the pointer for any thread, and list is used up.
 * If something else holds a part of the list the call gives LIST_HELD, and list is as it was.
 *
 * Safety
 * list is a list of this thread; detached can be written to. */
int32_t list_detach(void *list, void **detached);

/* Makes a detached list one of this thread; detached is used up. Null if the pointer is null.
 *
 * Safety
 * detached is null or a pointer of list_detach that was not used since. */
void *list_attach(void *detached);

/* Freezes a detached list, which is used up, and gives a reference to it for all threads, or 0.
 *
 * Safety
 * detached is a pointer of list_detach that was not used since. */
uint64_t list_freeze(void *detached);

/* The item of a frozen list at index, counted from 0: *bytes and *length are its text, which
 * stays there until *pin is given to list_unpin. *pin is null if there is no such item.
 *
 * Safety
 * bytes, length and pin can be written to. list may be any number. */
int32_t list_pin(uint64_t list, size_t index, const uint8_t **bytes, size_t *length, void **pin);

/* Ends a pin.
 *
 * Safety
 * pin is null or one of list_pin that was not ended yet. */
void list_unpin(void *pin);

/* Disposes of a reference. What was pinned stays until its pin is ended. */
int32_t list_dispose(uint64_t list);

/* How many items there are in all lists. */
int64_t list_items_alive(void);

#ifdef __cplusplus
}
#endif

#endif
