"""The use cases, named as the user says them, and the faces over them: pages' components, REST, command line."""
