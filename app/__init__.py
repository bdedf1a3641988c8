"""The use cases, a folder per stage, and the interfaces to them: page components, REST, command line."""
