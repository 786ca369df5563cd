
# Completes names of topics or subscribers ($1) that begin with $2. The running broker provides the
# names. If it is not running, slow, or not accessible to this user, there are none, and no error.
function _ppmq_names() {
  local words name i=1
  words=("${COMP_WORDS[0]}" names "$1")
  while [ "$i" -lt "$COMP_CWORD" ]; do
    case "${COMP_WORDS[i]}" in
      -c | --config | --socket)
        local given="${COMP_WORDS[i + 1]}"
        if [ "$given" = "=" ]; then given="${COMP_WORDS[i + 2]}"; fi
        if [ "$((i + 1))" -lt "$COMP_CWORD" ]; then words+=("${COMP_WORDS[i]}" "$given"); fi
        ;;
    esac
    i=$((i + 1))
  done
  COMPREPLY=()
  while IFS= read -r name; do
    case "$name" in
      "$2"*) COMPREPLY+=("$(printf %q "$name")") ;;
    esac
  done < <(timeout 2 "${words[@]}" </dev/null 2>/dev/null)
}

# The kind of names that fit the word at the cursor, if any.
function _ppmq_kind() {
  local previous="${COMP_WORDS[COMP_CWORD - 1]}" i=2
  if [ "${COMP_WORDS[COMP_CWORD]}" != "=" ] && [ "$previous" = "=" ]; then
    previous="${COMP_WORDS[COMP_CWORD - 2]}"
  fi
  case "$previous" in
    -t | --topic) echo topics && return ;;
    -s | --subscriber) echo subscribers && return ;;
  esac
  case "${COMP_WORDS[COMP_CWORD]}" in
    -*) return ;;
  esac
  while [ "$i" -lt "$COMP_CWORD" ]; do
    case "${COMP_WORDS[i]}" in
      --json | --yes | --connect | --no-ack) ;;
      *) return ;;
    esac
    i=$((i + 1))
  done
  case "${COMP_WORDS[1]}" in
    @TOPIC@) if [ "$COMP_CWORD" -gt 1 ]; then echo topics; fi ;;
    @SUBSCRIBER@) if [ "$COMP_CWORD" -gt 1 ]; then echo subscribers; fi ;;
  esac
}

function _complete_ppmq_and_names() {
  local kind current="${COMP_WORDS[COMP_CWORD]}"
  kind="$(_ppmq_kind)"
  if [ -n "$kind" ]; then
    compopt +o default 2>/dev/null # no file names instead, if the shell can omit them
    if [ "$current" = "=" ]; then current=; fi
    _ppmq_names "$kind" "$current"
  else
    _complete_ppmq "$@"
  fi
}

complete -F _complete_ppmq_and_names -o default ppmq ppmq.sh ppmq.bash
