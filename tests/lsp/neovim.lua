-- What a person does in Neovim, headless: looks at a script, asks about it, has it repaired, and writes it.
-- Arguments by variables: SCRIPT is opened, ANSWERS gets what was seen as JSON.
local seen = {}

local function all(method, params)
  local found = {}
  for _, answer in pairs(vim.lsp.buf_request_sync(0, method, params, 20000) or {}) do
    if answer.err then
      error(vim.inspect(answer.err))
    end
    found[#found + 1] = answer.result
  end
  return found[1]
end

local ok, fault = pcall(function()
  vim.cmd("edit " .. vim.env.SCRIPT)
  vim.wait(30000, function()
    return #vim.diagnostic.get(0) > 0
  end, 20)
  seen.diagnostics = vim.tbl_map(function(each)
    return { line = each.lnum, code = each.code or each.user_data.lsp.code, source = each.source }
  end, vim.diagnostic.get(0))

  vim.api.nvim_win_set_cursor(0, { 1, 0 })
  vim.fn.search("def init")
  vim.cmd("normal! w")
  seen.hover = all("textDocument/hover", vim.lsp.util.make_position_params()).contents.value

  vim.fn.search([[get_model_path("]], "e")
  local place = vim.lsp.util.make_position_params()
  place.position.character = place.position.character + 1
  seen.proposals = vim.tbl_map(function(item)
    return item.label
  end, all("textDocument/completion", place).items)

  local range = vim.lsp.util.make_given_range_params({ 1, 0 }, { vim.fn.line("$"), 0 })
  range.context = { diagnostics = {}, only = { "source.fixAll.scoredock" } }
  for _, action in ipairs(all("textDocument/codeAction", range)) do
    vim.lsp.util.apply_workspace_edit(action.edit, "utf-16")
  end
  vim.cmd("write")
  vim.wait(30000, function()
    return #vim.diagnostic.get(0, { severity = vim.diagnostic.severity.ERROR }) == 0
  end, 20)
  seen.errors = #vim.diagnostic.get(0, { severity = vim.diagnostic.severity.ERROR })
  seen.messages = vim.fn.execute("messages")
end)
seen.fault = ok and "" or tostring(fault)
vim.fn.writefile({ vim.json and vim.json.encode(seen) or vim.fn.json_encode(seen) }, vim.env.ANSWERS)
vim.cmd("qall!")
