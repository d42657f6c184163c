// A select over so many receives: the statement where the source can name them.

package main

import "reflect"

// picker gives the first message of several channels; false is a channel that is closed.
type picker func() (int64, bool)

// pickerOf is the statement where the source can name the channels, here 2, 4, 8 or 64, and the
// reflect package's function otherwise, which is what Go has for a number that is not known.
func pickerOf(c []chan int64) picker {
	switch len(c) {
	case 2:
		return func() (int64, bool) { return pick2(c) }
	case 4:
		return func() (int64, bool) { return pick4(c) }
	case 8:
		return func() (int64, bool) { return pick8(c) }
	case 64:
		return func() (int64, bool) { return pick64(c) }
	}
	cases := make([]reflect.SelectCase, len(c))
	for at, channel := range c {
		cases[at] = reflect.SelectCase{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(channel)}
	}
	return func() (int64, bool) {
		_, value, ok := reflect.Select(cases)
		return value.Int(), ok
	}
}

func pick2(c []chan int64) (message int64, ok bool) {
	select {
	case message, ok = <-c[0]:
	case message, ok = <-c[1]:
	}
	return message, ok
}

func pick4(c []chan int64) (message int64, ok bool) {
	select {
	case message, ok = <-c[0]:
	case message, ok = <-c[1]:
	case message, ok = <-c[2]:
	case message, ok = <-c[3]:
	}
	return message, ok
}

func pick8(c []chan int64) (message int64, ok bool) {
	select {
	case message, ok = <-c[0]:
	case message, ok = <-c[1]:
	case message, ok = <-c[2]:
	case message, ok = <-c[3]:
	case message, ok = <-c[4]:
	case message, ok = <-c[5]:
	case message, ok = <-c[6]:
	case message, ok = <-c[7]:
	}
	return message, ok
}

func pick64(c []chan int64) (message int64, ok bool) {
	select {
	case message, ok = <-c[0]:
	case message, ok = <-c[1]:
	case message, ok = <-c[2]:
	case message, ok = <-c[3]:
	case message, ok = <-c[4]:
	case message, ok = <-c[5]:
	case message, ok = <-c[6]:
	case message, ok = <-c[7]:
	case message, ok = <-c[8]:
	case message, ok = <-c[9]:
	case message, ok = <-c[10]:
	case message, ok = <-c[11]:
	case message, ok = <-c[12]:
	case message, ok = <-c[13]:
	case message, ok = <-c[14]:
	case message, ok = <-c[15]:
	case message, ok = <-c[16]:
	case message, ok = <-c[17]:
	case message, ok = <-c[18]:
	case message, ok = <-c[19]:
	case message, ok = <-c[20]:
	case message, ok = <-c[21]:
	case message, ok = <-c[22]:
	case message, ok = <-c[23]:
	case message, ok = <-c[24]:
	case message, ok = <-c[25]:
	case message, ok = <-c[26]:
	case message, ok = <-c[27]:
	case message, ok = <-c[28]:
	case message, ok = <-c[29]:
	case message, ok = <-c[30]:
	case message, ok = <-c[31]:
	case message, ok = <-c[32]:
	case message, ok = <-c[33]:
	case message, ok = <-c[34]:
	case message, ok = <-c[35]:
	case message, ok = <-c[36]:
	case message, ok = <-c[37]:
	case message, ok = <-c[38]:
	case message, ok = <-c[39]:
	case message, ok = <-c[40]:
	case message, ok = <-c[41]:
	case message, ok = <-c[42]:
	case message, ok = <-c[43]:
	case message, ok = <-c[44]:
	case message, ok = <-c[45]:
	case message, ok = <-c[46]:
	case message, ok = <-c[47]:
	case message, ok = <-c[48]:
	case message, ok = <-c[49]:
	case message, ok = <-c[50]:
	case message, ok = <-c[51]:
	case message, ok = <-c[52]:
	case message, ok = <-c[53]:
	case message, ok = <-c[54]:
	case message, ok = <-c[55]:
	case message, ok = <-c[56]:
	case message, ok = <-c[57]:
	case message, ok = <-c[58]:
	case message, ok = <-c[59]:
	case message, ok = <-c[60]:
	case message, ok = <-c[61]:
	case message, ok = <-c[62]:
	case message, ok = <-c[63]:
	}
	return message, ok
}
